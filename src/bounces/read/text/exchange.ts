/** Exchange's non-delivery reports without a delivery status: of 2003 and before, and the words for administrators since. */
import { readAlone } from "./alone.ts";
import { type Entry, paragraph, type Report } from "./report.ts";

const ADMINISTRATORS = /^\s*diagnostic information for administrators/i;
const UNREACHED = /^\s{1,12}'?([^\s<>"'(),;:]{1,200}@[^\s<>"'(),;:]{1,254})'? on \d/;

export function readExchange(report: Report): Entry[] {
  const { lines } = report;
  const administrators = lines.findIndex((line) => ADMINISTRATORS.test(line));
  if (administrators !== -1) return readAlone({ ...report, lines: lines.slice(administrators) });
  return lines.flatMap((line, at) => {
    const address = UNREACHED.exec(line)?.[1];
    if (address === undefined) return [];
    const words = paragraph(lines, at + 1, (next) => UNREACHED.test(next));
    return [{ address, words: words.map((each) => each.trim()).join(" ") }];
  });
}
