/** Entities and how they are put together (RFC 2046 5.1): parts, boundaries that occur in none of them, and the last copy. */
import { base64Into, base64Length } from "./base64.ts";
import { foldedField } from "./field.ts";

/** A piece of a message: ASCII text as a string, an encoded body as the bytes it became, or content that is base64 there. */
export type Chunk = string | Uint8Array | { base64: Uint8Array };

/** One entity: its header fields, each ended by CRLF, and its body, with no line end after the last line. */
export interface Entity {
  fields: string;
  body: Chunk[];
}

const encoder = new TextEncoder();

/**
 * What every boundary of one mail begins with: the same for the same seed, and in no part. Only strings are searched:
 * `=_` cannot come out of quoted-printable or base64 (RFC 2045 6.7).
 */
export function boundaryFor(seed: string, parts: readonly Entity[]): string {
  for (let attempt = 0; ; attempt++) {
    const boundary = `=_${fingerprint(`${attempt}:${seed}`)}`;
    if (!parts.some(({ fields, body }) => fields.includes(boundary) || body.some((chunk) => occursIn(chunk, boundary))))
      return boundary;
  }
}

/** A multipart entity; `parameters` are further ones of its Content-Type. */
export function multipart(
  subtype: string,
  boundary: string,
  parts: readonly Entity[],
  parameters: string[] = [],
): Entity {
  // The subtype keeps the boundaries of nested multiparts apart.
  const own = `${boundary}_${subtype}`;
  const words = [`multipart/${subtype};`, ...parameters.map((parameter) => `${parameter};`), `boundary="${own}"`];
  const body: Chunk[] = [];
  for (const part of parts) body.push(`${body.length === 0 ? "" : "\r\n"}--${own}\r\n${part.fields}\r\n`, ...part.body);
  body.push(`\r\n--${own}--`);
  return { fields: foldedField("Content-Type", words), body };
}

/** All chunks in one array of bytes; a message of text alone is encoded in one go. */
export function concatenate(chunks: readonly Chunk[]): Uint8Array {
  const pieces: Piece[] = [];
  let text = "";
  for (const chunk of chunks) {
    if (typeof chunk === "string") text += chunk;
    else {
      pieces.push(encoder.encode(text), chunk);
      text = "";
    }
  }
  const last = encoder.encode(text);
  if (pieces.length === 0) return last;
  return joined([...pieces, last]);
}

type Piece = Exclude<Chunk, string>;

function joined(pieces: readonly Piece[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + lengthOf(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    const end = at + lengthOf(piece);
    // A large attachment is encoded where it stands: it is in memory once before and once after.
    if ("base64" in piece) base64Into(piece.base64, whole.subarray(at, end));
    else whole.set(piece, at);
    at = end;
  }
  return whole;
}

function lengthOf(piece: Piece): number {
  return "base64" in piece ? base64Length(piece.base64.length) : piece.length;
}

function occursIn(chunk: Chunk, boundary: string): boolean {
  return typeof chunk === "string" && chunk.includes(boundary);
}

/** Sixteen hexadecimal digits by FNV-1a in two lanes: enough to be unlike any text, which is then looked for anyway. */
function fingerprint(seed: string): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < seed.length; at++) {
    const unit = seed.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x01000193);
  }
  return [low, high].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}
