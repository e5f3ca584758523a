/** Cuts a line into words as a shell does: quotes keep them together, a backslash keeps the next character. */

const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/gs;
const PIECE = /\\(.)|"((?:[^"\\]|\\.)*)"?|'([^']*)'?|([^\s"'\\]+)/gs;

export function wordsOf(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    word.replace(PIECE, (_, escaped?: string, double?: string, single?: string, bare?: string) => {
      return escaped ?? double?.replace(/\\(["\\])/g, "$1") ?? single ?? bare ?? "";
    }),
  );
}

/** A word as `wordsOf` reads it back. */
export function quoted(word: string): string {
  return /^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;
}
