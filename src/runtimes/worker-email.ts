/** Mail that Cloudflare's Email Routing hands to the Worker: as much of it as says something is read, and taken in. */
import { concatBytes } from "@noble/hashes/utils.js";
import type { App } from "../app.ts";
import { MOST_READ_BYTES } from "../bounces/notice.ts";

/** Of workerd's `ForwardableEmailMessage`, what is used here. */
export interface IncomingMail {
  /** RCPT TO. */
  to: string;
  raw: ReadableStream<Uint8Array>;
}

/**
 * Takes any mail, also one of which nothing comes: who sends what is forged is told nothing by a refusal. Throws where the
 * database is away: the sender then has a temporary failure, and tries again.
 */
export async function receive({ to, raw }: IncomingMail, app: Pick<App, "receive">): Promise<void> {
  await app.receive({ raw: await beginningOf(raw), recipient: to, way: "email" });
}

async function beginningOf(raw: IncomingMail["raw"]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream: nothing more of it is read.
  for await (const piece of raw) {
    pieces.push(piece);
    length += piece.length;
    if (length >= MOST_READ_BYTES) break;
  }
  return concatBytes(...pieces).subarray(0, MOST_READ_BYTES);
}
