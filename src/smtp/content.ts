/** A message's bytes on their way into DATA: what they hold, dots doubled, one final dot. */

/** What one pass over a message finds. */
export interface Content {
  bytes: Uint8Array;
  /** It holds bytes above 127. */
  eightBit: boolean;
  /** It holds a CR or LF that is not part of a CRLF. */
  bareLineEnd: boolean;
  /** Where lines start with a dot. */
  dots: number[];
}

const CR = 13;
const LF = 10;
const DOT = 46;

export function inspect(bytes: Uint8Array): Content {
  const dots: number[] = bytes[0] === DOT ? [0] : [];
  let allBits = 0;
  let bareLineEnd = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    allBits |= byte;
    if (byte > CR) continue;
    if (byte === CR && bytes[i + 1] === LF) {
      i++;
      if (bytes[i + 1] === DOT) dots.push(i + 1);
    } else if (byte === CR || byte === LF) {
      bareLineEnd = true;
    }
  }
  return { bytes, eightBit: allBits > 127, bareLineEnd, dots };
}

/** The bytes as they go over the wire: where no line starts with a dot, they are the same ones, not a copy. */
export function stuffed({ bytes, dots }: Content): Uint8Array {
  if (dots.length === 0) return bytes;
  // RFC 5321 4.5.2: a leading dot is doubled.
  const out = new Uint8Array(bytes.length + dots.length);
  let from = 0;
  dots.forEach((at, doubled) => {
    out.set(bytes.subarray(from, at), from + doubled);
    out[at + doubled] = DOT;
    from = at;
  });
  out.set(bytes.subarray(from), from + dots.length);
  return out;
}

const FINAL_DOT = new Uint8Array([DOT, CR, LF]);
const LINE_END_AND_FINAL_DOT = new Uint8Array([CR, LF, ...FINAL_DOT]);

/** What ends the message: RFC 5321 4.1.1.4, the dot stands on a line of its own. */
export function terminator(bytes: Uint8Array): Uint8Array {
  const ended = bytes.length === 0 || (bytes.at(-2) === CR && bytes.at(-1) === LF);
  return ended ? FINAL_DOT : LINE_END_AND_FINAL_DOT;
}
