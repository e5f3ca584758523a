/** Reports that give each recipient a line: of Exim, older Gmail, Domino, and Exchange in its words for administrators. */
import { type Entry, paragraph, type Report, tellingWords } from "./report.ts";

const ALONE = /^\s*(?:[*•-] )?<?([^\s<>"(),;:]{1,200}@[^\s<>"(),;:]{1,254})>?:?$/;
const GENERATED = /^\s*\((?:ultimately )?generated from ([^\s()]{1,320})\)/;
/** Whom to ask stands alone on a line too. */
const HELP = /^(?:postmaster|abuse|support|help\w{0,9}|mailer-daemon)@/i;
const DIAGNOSTIC = /^\s*(?:#|remote server returned|\d{3}[ -])/i;

/** Only addresses that are announced by a colon above, or have a diagnostic below. */
export function readAlone({ lines }: Report): Entry[] {
  const entries: { entry: Entry; at: number }[] = [];
  let announced = false;
  lines.forEach((line, at) => {
    const address = ALONE.exec(line)?.[1];
    if (address === undefined) announced = stillAnnounced(announced, line);
    else if (!HELP.test(address) && (announced || DIAGNOSTIC.test(lines[at + 1] ?? "")))
      entries.push({ entry: entryAt(lines, at, address), at });
  });
  const below = tellingWords(lines.slice((entries.at(-1)?.at ?? 0) + 1).join(" "));
  return entries.map(({ entry }) => (entry.words === "" ? { ...entry, words: below } : entry));
}

/** A list goes on over blank lines and over what is indented below its recipients. */
function stillAnnounced(announced: boolean, line: string): boolean {
  if (line === "") return announced;
  return line.endsWith(":") || (announced && /^\s{3}/.test(line));
}

function entryAt(lines: string[], at: number, address: string): Entry {
  if ((lines[at + 1] ?? "") === "") return { address, words: "" };
  const [first = "", ...more] = paragraph(lines, at + 1, (line) => ALONE.test(line));
  const original = GENERATED.exec(first)?.[1];
  const words = original === undefined ? [first, ...more] : more;
  return { address, original, words: words.map((line) => line.trim()).join(" ") };
}
