/** Reads a mail's content as it comes, into memory that was asked for. */
import type { SMTPServerDataStream } from "smtp-server";
import type { Room } from "./application.ts";
import { Reply, replyTo } from "./reply.ts";

/** Each chunk is an object of its own, also where a client sends byte by byte: so many become one. */
const JOINED = 64;

/**
 * The whole mail. Throws a Reply where it is too large or there is no room for it; then the rest is read all the same, since
 * a client hears the reply at its end, and none of it is kept.
 */
export async function readContent(
  stream: SMTPServerDataStream,
  room: Room,
  { announced, maxBytes, received }: { announced: number; maxBytes: number; received(bytes: number): void },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const joined: Buffer[] = [];
  let bytes = 0;
  let fault = grown(room, announced);
  for await (const chunk of untilItsEnd(stream)) {
    received(chunk.length);
    if (fault !== undefined) continue;
    const held = Math.max(bytes, announced);
    bytes += chunk.length;
    fault = bytes > maxBytes ? tooLarge(maxBytes) : grown(room, Math.max(bytes - held, 0));
    if (fault === undefined) chunks.push(chunk);
    else {
      chunks.length = 0;
      joined.length = 0;
      room.leave();
    }
    if (chunks.length === JOINED) joined.push(Buffer.concat(chunks.splice(0)));
  }
  if (fault !== undefined) throw fault;
  return Buffer.concat([...joined, ...chunks]);
}

async function* untilItsEnd(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  try {
    yield* stream;
  } catch {
    throw new Reply(421, "4.4.2 the connection ended before the mail did"); // nobody hears it; the log has it
  }
}

function grown(room: Room, bytes: number): Reply | undefined {
  try {
    room.grow(bytes);
    return undefined;
  } catch (error) {
    return replyTo(error);
  }
}

function tooLarge(maxBytes: number): Reply {
  return new Reply(552, `5.3.4 a mail has at most ${maxBytes} bytes`); // RFC 1870 6.1
}
