/** Base64 (RFC 4648 4) of what may be large: in lines of 76 characters (RFC 2045 6.8), from bytes to bytes, or as one text. */

/** Octets in a full line of 76 characters. */
const LINE_OCTETS = 57;
const CR_LF = "\r\n";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Two characters for each twelve bits, in the byte order of this machine: half the look-ups and half the writes. */
const PAIRS = new Uint16Array(4096);
const pairBytes = new Uint8Array(PAIRS.buffer);
for (let bits = 0; bits < 4096; bits++) {
  pairBytes[bits * 2] = ALPHABET.charCodeAt(bits >> 6);
  pairBytes[bits * 2 + 1] = ALPHABET.charCodeAt(bits & 63);
}
const LINE_BREAK = new Uint16Array(Uint8Array.from(CR_LF, (character) => character.charCodeAt(0)).buffer)[0]!;

/** What is encoded at once where the place for it does not begin on a pair. */
const BLOCK_OCTETS = 1024 * LINE_OCTETS;

/** Lines end in CRLF, the last one in nothing. */
export function base64(content: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(base64Length(content.length));
  base64Into(content, encoded);
  return encoded;
}

/** A multiple of three, so that blocks follow each other without padding between them. */
const TEXT_BLOCK_OCTETS = 3 * 64 * 1024;
const ascii = new TextDecoder("ascii");

/** Without line breaks. Character by character a text of many MiB would take seconds, and many times its size of memory. */
export function base64Text(content: Uint8Array): string {
  const blocks: string[] = [];
  const scratch = new Uint8Array((TEXT_BLOCK_OCTETS / 3) * 4);
  const pairs = new Uint16Array(scratch.buffer);
  for (let from = 0; from < content.length; from += TEXT_BLOCK_OCTETS) {
    const block = content.subarray(from, from + TEXT_BLOCK_OCTETS);
    const end = writeWhole(block, pairs, 0, scratch);
    blocks.push(ascii.decode(scratch.subarray(0, end)));
  }
  return blocks.join("");
}

/** How long so many octets become. */
export function base64Length(octets: number): number {
  const breaks = Math.max(0, Math.ceil(octets / LINE_OCTETS) - 1);
  return Math.ceil(octets / 3) * 4 + breaks * CR_LF.length;
}

/** The same into a place of that length: a large content leaves no copy behind. */
export function base64Into(content: Uint8Array, target: Uint8Array): void {
  if (target.byteOffset % 2 === 0) encode(content, target);
  else encodeInBlocks(content, target);
}

function encodeInBlocks(content: Uint8Array, target: Uint8Array): void {
  const scratch = new Uint8Array(base64Length(Math.min(content.length, BLOCK_OCTETS)));
  let to = 0;
  for (let from = 0; from < content.length; from += BLOCK_OCTETS) {
    if (from > 0) for (const character of CR_LF) target[to++] = character.charCodeAt(0);
    const block = content.subarray(from, from + BLOCK_OCTETS);
    const encoded = scratch.subarray(0, base64Length(block.length));
    encode(block, encoded);
    target.set(encoded, to);
    to += encoded.length;
  }
}

/** `encoded` begins on a pair. */
function encode(content: Uint8Array, encoded: Uint8Array): void {
  const fullLines = Math.max(0, Math.ceil(content.length / LINE_OCTETS) - 1);
  const rest = content.subarray(fullLines * LINE_OCTETS);
  // 76 characters and CRLF are 39 pairs, so that every line begins on a pair.
  const pairs = new Uint16Array(encoded.buffer, encoded.byteOffset, encoded.length / 2);
  let to = 0;
  for (let line = 0; line < fullLines; line++) {
    to = writeTriples(content, line * LINE_OCTETS, (line + 1) * LINE_OCTETS, pairs, to);
    pairs[to++] = LINE_BREAK;
  }
  writeWhole(rest, pairs, to, encoded);
}

/** All of it from pair `at` on, the last octets padded; answers where it ends in `encoded`, whose bytes the pairs are. */
function writeWhole(content: Uint8Array, pairs: Uint16Array, at: number, encoded: Uint8Array): number {
  const whole = content.length - (content.length % 3);
  const end = writeTriples(content, 0, whole, pairs, at) * 2;
  if (whole === content.length) return end;
  writePadded(content[whole]!, content[whole + 1], encoded, end);
  return end + 4;
}

/** Three octets make two pairs; answers where the next pair goes. */
function writeTriples(from: Uint8Array, start: number, end: number, pairs: Uint16Array, at: number): number {
  let to = at;
  for (let octet = start; octet < end; octet += 3) {
    const bits = (from[octet]! << 16) | (from[octet + 1]! << 8) | from[octet + 2]!;
    pairs[to] = PAIRS[bits >> 12]!;
    pairs[to + 1] = PAIRS[bits & 4095]!;
    to += 2;
  }
  return to;
}

/** RFC 4648 4: one or two last octets are filled up with equals signs. */
function writePadded(first: number, second: number | undefined, encoded: Uint8Array, at: number): void {
  const bits = (first << 16) | ((second ?? 0) << 8);
  encoded[at] = ALPHABET.charCodeAt(bits >> 18);
  encoded[at + 1] = ALPHABET.charCodeAt((bits >> 12) & 63);
  encoded[at + 2] = second === undefined ? 0x3d : ALPHABET.charCodeAt((bits >> 6) & 63);
  encoded[at + 3] = 0x3d;
}
