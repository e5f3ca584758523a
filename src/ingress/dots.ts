/** A mail's content as SMTP carries it: dots that were put before dots come off, and one that stands alone is its end (RFC 5321 4.5.2). */

/** Lines end in CRLF: strict-stream.ts has seen to that. */
const LF = 10;
const CR = 13;
const DOT = 46;

export interface Undotted {
  content: Buffer;
  /** The place behind the end of the mail; undefined where it is still to come. */
  end: number | undefined;
}

export class Dots {
  /** How the line has begun that the last chunk broke off in; what is held back of it is only a dot, or with its CR the end. */
  #line: "" | "." | ".\r" | "text" = "";

  /** All of a chunk in one go, however many dots are in it. */
  takeOff(chunk: Uint8Array): Undotted {
    const content = Buffer.allocUnsafe(chunk.length + 1); // a dot may have been held back
    let length = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#line === ".\r") return { content: content.subarray(0, length), end: at + 1 };
      if (this.#line === "." && byte === CR) this.#line = ".\r";
      else if (this.#line === "" && byte === DOT) this.#line = ".";
      else {
        // Who puts no dots before dots keeps those that he has.
        if (this.#line === "." && byte !== DOT) content[length++] = DOT;
        content[length++] = byte;
        this.#line = byte === LF ? "" : "text";
      }
    }
    return { content: content.subarray(0, length), end: undefined };
  }
}
