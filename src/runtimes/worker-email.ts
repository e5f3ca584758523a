/** Mail that Cloudflare's Email Routing hands to the Worker: read up to a bound, and kept on the database. */
import { getLogger } from "@logtape/logtape";
import { concatBytes } from "@noble/hashes/utils.js";
import type { Core } from "../app.ts";
import { keepArrival, MOST_ARRIVAL_BYTES } from "../bounces/arrivals.ts";
import { AppError } from "../errors.ts";

const log = getLogger("mail-proxy");

/** Of workerd's `ForwardableEmailMessage`, what is used here. */
export interface IncomingMail {
  /** MAIL FROM; empty for a bounce. */
  from: string;
  /** RCPT TO. */
  to: string;
  raw: ReadableStream<Uint8Array>;
  /** Refuses the mail for good. */
  setReject(reason: string): void;
}

/** Throws where the mail cannot be kept now: the sender then has a temporary failure, and tries again. */
export async function receive(mail: IncomingMail, { db, ports }: Pick<Core, "db" | "ports">): Promise<void> {
  const { from: mailFrom, to: rcptTo } = mail;
  const keeping = await keepArrival(db, { mailFrom, rcptTo, raw: await bytesOf(mail.raw) }, ports.now());
  if (keeping === "full") throw new AppError("overloaded", "too many arrivals wait to be read");
  if (keeping === "too_large") mail.setReject(`the mail is over ${MOST_ARRIVAL_BYTES} bytes`);
  log.info("mail that came in: {keeping}", { keeping });
}

/** The mail; of one that is too large, enough to see it. */
async function bytesOf(raw: IncomingMail["raw"]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream: nothing more of it is read.
  for await (const piece of raw) {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_ARRIVAL_BYTES) break;
  }
  return concatBytes(...pieces);
}
