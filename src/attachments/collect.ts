/** The body of an answer or a file as one array of bytes, read no further than it may be. */
import { AttachmentError } from "./content.ts";
import type { Deadline } from "./deadline.ts";

export interface CollectOptions {
  /** No attachment has more bytes. */
  most: number;
  deadline: Deadline;
  /** Settles once there is room for so many more bytes. */
  grow(bytes: number): Promise<void>;
}

/** Throws AttachmentError, and whatever the stream fails with; once the deadline is over, the signal's reason. */
export async function collect(
  body: ReadableStream<Uint8Array>,
  announced: number | undefined,
  options: CollectOptions,
): Promise<Uint8Array> {
  const { signal } = options.deadline;
  const reader = body.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined); // it has failed already
  signal.addEventListener("abort", cancel);
  try {
    if (signal.aborted) throw signal.reason;
    return await read(reader, announced, options);
  } catch (error) {
    cancel();
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  announced: number | undefined,
  { most, deadline, grow }: CollectOptions,
): Promise<Uint8Array> {
  // What is announced is believed only as far as it refuses early, and saves a copy.
  if ((announced ?? 0) > most) throw tooLarge(most);
  if (announced !== undefined) await deadline.without(grow(announced));
  const pieces = new Pieces(announced ?? 0);
  for (;;) {
    const { done, value } = await reader.read();
    if (deadline.signal.aborted) throw deadline.signal.reason;
    if (done) break;
    const size = pieces.size + value.byteLength;
    if (size > most) throw tooLarge(most);
    if (size > (announced ?? 0)) await deadline.without(grow(Math.min(value.byteLength, size - (announced ?? 0))));
    pieces.add(value);
  }
  if (announced !== undefined && pieces.size !== announced)
    throw new AttachmentError(`ended after ${pieces.size} of ${announced} bytes`, false);
  return pieces.joined();
}

function tooLarge(most: number): AttachmentError {
  return new AttachmentError(`has more than ${most} bytes`, true);
}

/** Bytes as they come in: in one array where their number is known, else side by side until it is. */
class Pieces {
  size = 0;
  readonly #whole: Uint8Array;
  readonly #pieces: Uint8Array[] = [];

  constructor(announced: number) {
    this.#whole = new Uint8Array(announced);
  }

  add(piece: Uint8Array): void {
    const isForeseen = this.#pieces.length === 0 && this.size + piece.byteLength <= this.#whole.byteLength;
    if (isForeseen) this.#whole.set(piece, this.size);
    else this.#pieces.push(piece);
    this.size += piece.byteLength;
  }

  joined(): Uint8Array {
    if (this.#pieces.length === 0) return this.#whole.subarray(0, this.size);
    const joined = new Uint8Array(this.size);
    let at = this.size;
    // From the end, so that each piece is let go once it is copied.
    for (let piece = this.#pieces.pop(); piece !== undefined; piece = this.#pieces.pop()) {
      at -= piece.byteLength;
      joined.set(piece, at);
    }
    joined.set(this.#whole.subarray(0, at));
    return joined;
  }
}
