/** Escapes text octet by octet and keeps its characters whole: what Q encoding and extended parameters have in common. */

/** How each octet is written: as itself where `plain` matches it, else as `mark` and two hexadecimal digits. */
export function octetForms(plain: RegExp, mark: "=" | "%"): string[] {
  return Array.from({ length: 256 }, (_, octet) => {
    const character = String.fromCharCode(octet);
    return plain.test(character) ? character : mark + octet.toString(16).toUpperCase().padStart(2, "0");
  });
}

/** The form of each character of a UTF-8 text. */
export function escapedCharacters(utf8: Uint8Array, forms: readonly string[]): string[] {
  const characters: string[] = [];
  for (let at = 0; at < utf8.length; ) {
    let character = forms[utf8[at++]!]!;
    while (at < utf8.length && isContinuation(utf8[at]!)) character += forms[utf8[at++]!]!;
    characters.push(character);
  }
  return characters;
}

/** Whether the octet goes on with a character that began before it (RFC 3629 3). */
export function isContinuation(octet: number): boolean {
  return (octet & 0xc0) === 0x80;
}
