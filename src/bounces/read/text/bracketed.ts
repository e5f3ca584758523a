/** Reports in qmail's format, `<recipient>:` and the words below or behind it: of qmail, Postfix, Courier and Yahoo. */
import { type Entry, paragraph, type Report } from "./report.ts";

const RECIPIENT =
  /^\s{0,4}<([^<>\s]{1,200}@[^<>\s]{1,254})>(?: \((?:expanded|generated) from:? <?([^<>\s()]{1,320})>?\))?:(.*)$/;

export function readBracketed({ lines }: Report): Entry[] {
  return lines.flatMap((line, at) => {
    const [, address, original, behind = ""] = RECIPIENT.exec(line) ?? [];
    if (address === undefined) return [];
    const below = behind.trim() === "" ? at + 1 : at;
    const [first = "", ...more] = paragraph(lines, below, (next) => next !== line && RECIPIENT.test(next));
    const words = below === at ? [behind, ...more] : [first, ...more];
    return [{ address, original, words: words.join(" ") }];
  });
}
