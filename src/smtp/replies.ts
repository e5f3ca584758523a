/** Reads SMTP replies out of a stream of bytes (RFC 5321 4.2), strictly: CRLF ends a line and nothing else does. */
import { MAX_REPLY_TEXT, type Reply } from "./outcome.ts";

/** A reply as it came: its code, and what follows the code on each of its lines. */
export interface RawReply {
  code: number;
  lines: string[];
}

/** The server does not speak SMTP, or not in turn. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** RFC 5321 4.5.3.1.5 allows 512 octets; servers that say more are known. */
const MAX_LINE_BYTES = 4096;
/** An endless reply is cut off here. */
const MAX_REPLY_BYTES = 64 * 1024;

const CR = 13;
const LF = 10;
const SPACE = 32;
const HYPHEN = 45;
const ZERO = 48;

const NOTHING = new Uint8Array(0);
const decoder = new TextDecoder(); // RFC 6531 3.7.4: replies may hold UTF-8

export class ReplyReader {
  /** Received and not yet part of a line. */
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  /** The lines so far of a reply that goes on. */
  #lines: string[] = [];
  #code = 0;
  #size = 0;

  /** Takes bytes off the wire. */
  feed(chunk: Uint8Array): void {
    if (this.#at === this.#bytes.length) {
      this.#bytes = chunk;
    } else {
      const rest = this.#bytes.subarray(this.#at);
      this.#bytes = new Uint8Array(rest.length + chunk.length);
      this.#bytes.set(rest);
      this.#bytes.set(chunk, rest.length);
    }
    this.#at = 0;
  }

  /** The next reply, or undefined while it is not complete. Throws ProtocolFault on anything that is no reply. */
  next(): RawReply | undefined {
    for (;;) {
      const start = this.#at;
      const end = this.#bytes.indexOf(LF, start);
      const length = (end < 0 ? this.#bytes.length : end + 1) - start;
      if (length > MAX_LINE_BYTES) throw new ProtocolFault("a reply line is too long");
      if (end < 0) return undefined;
      this.#at = end + 1;
      this.#size += length;
      if (this.#size > MAX_REPLY_BYTES) throw new ProtocolFault("a reply does not end");
      if (this.#line(start, end)) return this.#finish();
    }
  }

  /** Whether the server has said more than what was taken with `next`. */
  get pending(): boolean {
    return this.#at < this.#bytes.length || this.#lines.length > 0;
  }

  /** Forgets all that was received. */
  reset(): void {
    this.#bytes = NOTHING;
    this.#at = 0;
    this.#finish();
  }

  /** Takes the line whose LF stands at `end`; true if it is the last of its reply. */
  #line(start: number, end: number): boolean {
    const bytes = this.#bytes;
    // A line that ends in a bare LF, or holds a bare CR, is read as two lines by one and as one by another.
    if (end === start || bytes.indexOf(CR, start) !== end - 1)
      throw new ProtocolFault("a reply line does not end in CRLF");
    const code = codeAt(bytes, start);
    const mark = bytes[start + 3];
    if (code === undefined || (mark !== SPACE && mark !== HYPHEN && mark !== CR)) {
      throw new ProtocolFault("the server does not speak SMTP");
    }
    // RFC 5321 4.2.1: every line of a reply carries the same code.
    if (this.#lines.length > 0 && code !== this.#code) throw new ProtocolFault("the lines of a reply differ in code");
    this.#code = code;
    this.#lines.push(mark === CR ? "" : decoder.decode(bytes.subarray(start + 4, end - 1)));
    return mark !== HYPHEN;
  }

  #finish(): RawReply {
    const reply = { code: this.#code, lines: this.#lines };
    this.#lines = [];
    this.#size = 0;
    return reply;
  }
}

/** RFC 5321 4.2: three digits, the first from 2 to 5. */
function codeAt(bytes: Uint8Array, at: number): number | undefined {
  const [a, b, c] = [digit(bytes[at]), digit(bytes[at + 1]), digit(bytes[at + 2])];
  return a >= 2 && a <= 5 && b >= 0 && c >= 0 ? a * 100 + b * 10 + c : undefined;
}

function digit(byte = 0): number {
  const value = byte - ZERO;
  return value >= 0 && value <= 9 ? value : -1;
}

// RFC 2034 4: the enhanced code stands at the start of every line, and its class is the reply's.
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;
/** Control characters, and those that turn a log line around or break it. */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g;
/** What a cut may leave of a character outside the basic plane; a database would store something else. */
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

/** A reply fit for outcomes, logs and reports. */
export function toReply({ code, lines }: RawReply): Reply {
  const enhanced = ENHANCED.exec(lines[0] ?? "")?.[1];
  const text = lines
    .map((line) => (enhanced && line.startsWith(enhanced) ? line.slice(enhanced.length + 1) : line))
    .join(" ")
    .replace(UNPRINTABLE, " ")
    .slice(0, MAX_REPLY_TEXT)
    .replace(HALF_A_CHARACTER, "");
  return enhanced === undefined ? { code, text } : { code, enhanced, text };
}

/** A reply in one line, for an error text. */
export function describe({ code, enhanced, text }: Reply): string {
  return [code, enhanced, text].filter(Boolean).join(" ");
}
