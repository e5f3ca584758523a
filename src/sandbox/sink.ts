/** The sandbox's SMTP server: takes every mail on a loopback port of its own and puts it into the inbox. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { Inbox } from "./inbox.ts";

export interface Sandbox {
  host: string;
  port: number;
  inbox: Inbox;
  /** Ends open connections and the listener. */
  close(): Promise<void>;
}

/** Above what a request body of the default size becomes in base64. */
const LARGEST_MAIL_BYTES = 40 * 1024 * 1024;
/** Clients have been told to go by then: connections that a pool keeps open must not hold up a shutdown. */
const CLOSE_TIMEOUT_MS = 100;

class TooLarge extends Error {
  readonly responseCode = 552; // RFC 1870 6.1
}

/** Starts the server on 127.0.0.1; `now` stamps what arrives. */
export async function startSandbox(now: () => number = Date.now, inbox = new Inbox()): Promise<Sandbox> {
  const server = new SMTPServer({
    name: "sandbox.localhost",
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    size: LARGEST_MAIL_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onData(stream, session, callback) {
      collect(stream).then((raw) => {
        if (stream.sizeExceeded) return callback(new TooLarge("Message exceeds the size limit"));
        const { n } = inbox.add({ ...envelope(session), receivedAt: now(), raw });
        callback(null, `Kept in the sandbox inbox as ${n}`);
      }, callback);
    },
  });
  // A client that resets its connection is its own affair; without a listener it would end the process.
  server.on("error", () => undefined);
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { address, port } = listener.address() as AddressInfo;
  return { host: address, port, inbox, close: () => new Promise((resolve) => server.close(resolve)) };
}

function envelope({ envelope: { mailFrom, rcptTo } }: SMTPServerSession) {
  return { mailFrom: mailFrom ? mailFrom.address : "", rcptTo: rcptTo.map(({ address }) => address) };
}

/** The whole message; beyond the limit it is read but not kept, so that the client hears the refusal. */
async function collect(stream: SMTPServerDataStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
