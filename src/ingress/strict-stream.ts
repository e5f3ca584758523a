/**
 * The bytes of a connection, refused as soon as a line in them ends in anything but CRLF (RFC 5321 2.3.8): where two servers
 * do not agree on what ends a line, one of them takes a part of a mail for commands (VU#302671).
 */
import type { SMTPServerDataStream } from "smtp-server";
import { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { Dots } from "./dots.ts";

/** RFC 5321 4.5.3.1.4 has 512; a key may be long, and stands on one line with AUTH. */
const MOST_COMMAND_BYTES = 4_096;
const NUL = 0;
const LF = 10;
const CR = 13;

export type LineFault = "a bare CR" | "a bare LF" | "a NUL";

export class StrictStream extends SMTPStream {
  readonly #onFault: (fault: LineFault) => void;
  #endsInCr = false;
  #isWriting = false;
  #dots = new Dots();

  /** `onFault` is called once; of the bytes that come together with the fault, and of all after them, nothing is taken. */
  constructor(onFault: (fault: LineFault) => void) {
    super({ maxCommandLength: MOST_COMMAND_BYTES });
    this.#onFault = onFault;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding | "buffer", next: (error?: Error | null) => void): void {
    // Until `next` nothing more comes from the socket: this is what smtp-server has left of the chunk, for itself.
    const isSeen = this.#isWriting || this.isClosed;
    if (!isSeen) this.#check(chunk);
    this.#isWriting = true;
    super._write(chunk, encoding, (error) => {
      this.#isWriting &&= isSeen;
      next(error);
    });
  }

  override startDataMode(maxBytes?: number | string | null): SMTPServerDataStream {
    this.#dots = new Dots();
    return super.startDataMode(maxBytes);
  }

  /** smtp-server has a turn of the event loop and a piece of memory for each dot: 30 MB of them would take it a minute and a GB. */
  override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { content, end } = this.#dots.takeOff(chunk);
    this._countDataBytes(content.length);
    if (end === undefined) this.#pass(content, done);
    else this._endDataMode(content, chunk.subarray(end), done);
  }

  /** To whoever reads the mail, no faster than he does. */
  #pass(content: Buffer, done: () => void): void {
    const { _dataStream: stream } = this;
    const goOn = () => {
      stream?.off("drain", goOn).off("close", goOn); // whoever stops reading closes it
      done();
    };
    if (!stream?.writable || stream.write(content) || stream.destroyed) done();
    else stream.on("drain", goOn).on("close", goOn);
  }

  #check(chunk: Uint8Array): void {
    const fault = lineFault(chunk, this.#endsInCr);
    this.#endsInCr = chunk.at(-1) === CR;
    if (fault === undefined) return;
    this.isClosed = true; // smtp-server throws away from now on what it is given
    this.#onFault(fault);
  }
}

/** `afterCr`: what came before the chunk ended in CR. */
function lineFault(chunk: Uint8Array, afterCr: boolean): LineFault | undefined {
  let isAfterCr = afterCr;
  for (let at = 0; at < chunk.length; at++) {
    const byte = chunk[at];
    if (isAfterCr !== (byte === LF)) return isAfterCr ? "a bare CR" : "a bare LF";
    if (byte === NUL) return "a NUL";
    isAfterCr = byte === CR;
  }
  return undefined;
}
