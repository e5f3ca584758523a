/**
 * Takes one mail in, from its content to its reply.
 *
 * 1. There is room for it, and it is read (content.ts).
 * 2. Headers that steer it are taken off (steering.ts), as are those of blind copies (mime/raw.ts); the rest stays byte for byte.
 * 3. It has an id: its own, by which it is known when it comes again, or a new one.
 * 4. It is stored.
 */
import { createHash } from "node:crypto";
import type { SMTPServerDataStream, SMTPServerEnvelope } from "smtp-server";
import { v7 as uuid } from "uuid";
import { rawMail } from "../mime/raw.ts";
import type { Application, Login, Taken } from "./application.ts";
import { readContent } from "./content.ts";
import { announcedBytes, recipientKinds } from "./envelope.ts";
import { Reply } from "./reply.ts";
import { steered } from "./steering.ts";

export interface Delivered {
  id: string;
  bytes: number;
  /** It had been taken before. */
  again: boolean;
}

/** How a mail is handed in, and by whom. */
export interface Handing {
  login: Login;
  /** By which the log knows the mail. */
  requestId: string;
  envelope: SMTPServerEnvelope;
  maxBytes: number;
  /** Hears of all that comes in, kept or not. */
  received(bytes: number): void;
}

/** Settles once the mail is durable; throws a Reply, or what replyTo (reply.ts) makes one of. */
export async function takeMail(
  application: Application,
  stream: SMTPServerDataStream,
  { login, requestId, envelope, maxBytes, received }: Handing,
): Promise<Delivered> {
  const room = application.enter(login.tenantId);
  try {
    const announced = envelope.mailFrom ? announcedBytes(envelope.mailFrom) : 0;
    const content = await readContent(stream, room, { announced, maxBytes, received });
    const sender = envelope.mailFrom ? envelope.mailFrom.address : "";
    const addresses = envelope.rcptTo.map(({ address }) => address);
    const { wishes, fields, mail: bytes } = steered(content);
    const mail = rawMail(bytes, { from: sender, to: addresses });
    const once = mail.messageId !== undefined;
    const id = `smtp-${once ? fingerprint(login, [sender, ...addresses], content) : uuid()}`;
    const taken = await application.submit({
      ...{ accountId: login.accountId, ...wishes },
      ...{ tenantId: login.tenantId, keyHash: login.keyHash, requestId, id, once, maxBytes },
      mail: { ...mail, recipients: recipientKinds(addresses, fields) },
    });
    return { id, bytes: content.length, again: wasThere(taken) };
  } finally {
    room.leave();
  }
}

function wasThere(taken: Taken): boolean {
  if (!("rejected" in taken)) return taken.taken === "again";
  throw new Reply(550, `${taken.sender ? "5.7.1" : "5.6.0"} ${taken.rejected}`);
}

/**
 * The same mail with the same envelope, through the same login, has the same. RFC 5321 4.5.4.1 has a client send again what
 * it heard no reply to, and RFC 5322 3.6.4 makes no two mails with one Message-ID.
 */
function fingerprint({ accountId }: Login, envelope: readonly string[], content: Buffer): string {
  const hash = createHash("sha256").update(JSON.stringify([accountId ?? null, ...envelope]));
  return hash.update(content).digest("base64url");
}
