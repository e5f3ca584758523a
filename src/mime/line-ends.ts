/** Line ends as SMTP wants them: CRLF and nothing else (RFC 5321 2.3.8). */

const CR = 13;
const LF = 10;

/** The bytes with every bare CR or LF made CRLF; where there is none they are the very same ones, not a copy. */
export function withCrlf(bytes: Uint8Array): Uint8Array {
  const bare = countBare(bytes);
  if (bare === 0) return bytes;
  const out = new Uint8Array(bytes.length + bare);
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte !== CR && byte !== LF) {
      out[to++] = byte;
      continue;
    }
    const end = endOfRun(bytes, at);
    // CRs before a CRLF belong to it: a program has written CRLF as if it were text. Of others each is a line end.
    for (let ends = bytes[end - 1] === LF ? 1 : end - at; ends > 0; ends--) {
      out[to++] = CR;
      out[to++] = LF;
    }
    at = end - 1;
  }
  return out.subarray(0, to);
}

function countBare(bytes: Uint8Array): number {
  let bare = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === CR && bytes[at + 1] === LF) at++;
    else if (byte === CR || byte === LF) bare++;
  }
  return bare;
}

/** Where the CRs from `start` on are over, with the LF behind them. */
function endOfRun(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === CR) at++;
  return bytes[at] === LF ? at + 1 : at;
}
