/** What smtp-server asks us about, step by step, and the line that the log has of each mail that is taken. */
import { getLogger } from "@logtape/logtape";
import type { SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from "smtp-server";
import type { StepLevel } from "../logs/steps.ts";
import type { Login } from "./application.ts";
import { announcedBytes, checkRecipient, checkSender } from "./envelope.ts";
import { type LoginDesk, logIn } from "./login.ts";
import { takeMail } from "./mail.ts";
import { replyTo } from "./reply.ts";
import { requestIdOf } from "./session.ts";

const log = getLogger(["mail-proxy", "ingress"]);

export interface Desk extends LoginDesk {
  maxBytes: number;
  /** Of the line about a mail that is taken. */
  level: StepLevel;
  received(bytes: number): void;
}

type Handlers = Required<Pick<SMTPServerOptions, "onConnect" | "onAuth" | "onMailFrom" | "onRcptTo" | "onData">>;

export function handlers(desk: Desk): Handlers {
  return {
    onConnect: (_, callback) => callback(),
    onAuth: (auth, { remoteAddress }, callback) =>
      answer(async () => ({ user: await logIn(desk, auth, remoteAddress) }), callback),
    onMailFrom: (sender, session, callback) =>
      answer(async () => {
        checkSender(sender);
        checkRoom(desk, loginOf(session), announcedBytes(sender));
      }, callback),
    onRcptTo: (recipient, _, callback) => answer(async () => checkRecipient(recipient), callback),
    onData: (stream, session, callback) => answer(() => taken(desk, stream, session), callback),
  };
}

/** Whatever is thrown becomes a reply. */
function answer<T>(work: () => Promise<T>, callback: (error: Error | null, result?: T) => void): void {
  work().then(
    (result) => callback(null, result),
    (error: unknown) => callback(replyTo(error)),
  );
}

/** smtp-server lets nobody come to MAIL without it. */
function loginOf({ user }: SMTPServerSession): Login {
  return user;
}

/** Better now than after the mail was sent: whether there would be room for it. */
function checkRoom({ application }: Desk, { tenantId }: Login, bytes: number): void {
  const room = application.enter(tenantId);
  try {
    room.grow(bytes);
  } finally {
    room.leave();
  }
}

async function taken(desk: Desk, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
  const { application, maxBytes, level, received } = desk;
  const { envelope, remoteAddress: address } = session;
  const requestId = requestIdOf(session);
  const login = loginOf(session);
  const { tenantId } = login;
  const { id, bytes, again } = await takeMail(application, stream, {
    ...{ login, requestId, envelope, maxBytes, received },
  });
  const what = again ? "came again" : "was taken";
  const words = `message {message_id} of tenant {tenant_id} ${what} from {address}: {bytes} bytes, recipients: {recipients} (request {request_id})`;
  log[level](words, {
    ...{ event: "submitted", tenant_id: tenantId, message_id: id, request_id: requestId },
    ...{ address, bytes, recipients: envelope.rcptTo.length },
  });
  return `2.0.0 ${again ? "queued before" : "queued"} as ${id}`;
}
