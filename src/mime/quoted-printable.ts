/** Quoted-printable (RFC 2045 6.7), from bytes to bytes, for text that is mostly ASCII. */

const LINE = 76;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const DOT = 0x2e;
const EQUALS = 0x3d;
const HEX = "0123456789ABCDEF";

/** RFC 2045 6.7 (2): printable ASCII but the equals sign stands for itself. White space does where no line ends after it. */
const LITERAL = Uint8Array.from({ length: 256 }, (_, byte) => (byte > SPACE && byte < 0x7f && byte !== EQUALS ? 1 : 0));
/** Octets that each octet takes, most white space and line ends as one. */
const SIZES = LITERAL.map((literal, byte) => (literal === 1 || [SPACE, TAB, CR, LF].includes(byte) ? 1 : 3));
const FROM = Array.from("From ", (character) => character.charCodeAt(0));

/** How many octets the encoding takes for this content, soft line breaks aside. */
export function quotedPrintableSize(content: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < content.length; at++) size += SIZES[content[at]!]!;
  return size;
}

/** `content` is text whose every line ends in CRLF; a CR or LF elsewhere is not looked for. */
export function quotedPrintable(content: Uint8Array): Uint8Array {
  // Every octet may take three, and each 72 of those or more are parted by a soft break of three.
  const encoded = new Uint8Array(content.length * 3 + Math.ceil(content.length / 24) * 3 + 3);
  let to = 0;
  let column = 0;
  for (let at = 0; at < content.length; at++) {
    const byte = content[at]!;
    // Nearly every octet of nearly every text: no line begins, ends or overflows here.
    if (LITERAL[byte] === 1 && column > 0 && column < LINE - 1) {
      encoded[to++] = byte;
      column++;
      continue;
    }
    if (byte === CR) {
      encoded[to++] = CR;
      encoded[to++] = LF;
      at++;
      column = 0;
      continue;
    }
    const endsLine = at + 1 === content.length || content[at + 1] === CR;
    let literal = LITERAL[byte] === 1 || (!endsLine && (byte === SPACE || byte === TAB));
    // (5): at most 76 characters, the equals sign of a soft break among them.
    if (column + (literal ? 1 : 3) > (endsLine ? LINE : LINE - 1)) {
      encoded[to++] = EQUALS;
      encoded[to++] = CR;
      encoded[to++] = LF;
      column = 0;
    }
    if (column === 0 && literal && isTampered(content, at)) literal = false;
    if (literal) encoded[to++] = byte;
    else {
      encoded[to++] = EQUALS;
      encoded[to++] = HEX.charCodeAt(byte >> 4);
      encoded[to++] = HEX.charCodeAt(byte & 15);
    }
    column += literal ? 1 : 3;
  }
  return encoded.subarray(0, to);
}

/** RFC 2049 3: a dot at the start of a line gets lost on some ways, and `From ` there grows a `>`. */
function isTampered(content: Uint8Array, at: number): boolean {
  const byte = content[at]!;
  return byte === DOT || (byte === FROM[0] && FROM.every((letter, offset) => content[at + offset] === letter));
}
