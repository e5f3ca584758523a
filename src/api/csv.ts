/** Comma-separated values (RFC 4180): written so that a spreadsheet may open them without harm, and read line by line. */

/** One line, without its end. */
export function csvLine(cells: readonly string[]): string {
  return cells.map(quoted).join(",");
}

/** RFC 4180 2.6 and 2.7. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const FORMULA = /^'*[=+\-@\t\r]/;

/**
 * Spreadsheets compute what begins like a formula, and subjects and addresses are anybody's: such text gets an apostrophe
 * in front, which they take for "this is text" (OWASP, CSV injection).
 */
export function harmless(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** What `harmless` was given. */
export function unharmed(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

/** A line as it stands in the file, which may go over several of it; `cells` undefined: it cannot be read. */
export interface CsvLine {
  /** From 1. */
  number: number;
  cells: string[] | undefined;
}

const BYTE_ORDER_MARK = /^\ufeff/;
const SEPARATORS = [",", ";", "\t"];

/** A longer cell in quotes is one whose closing quote is missing: not all that follows shall be lost for it. */
const LONGEST_QUOTED = 4_096;

/** A line of more is no list of anything: a file that is all separators would fill the memory. */
const MOST_CELLS = 500;

/** Every line that is not empty, in time that grows with the file alone. Of one whose quotes do not close no more is lost than it. */
export function* csvLines(given: string): Generator<CsvLine, void, undefined> {
  const text = given.replace(BYTE_ORDER_MARK, "");
  const separator = separatorOf(text);
  for (let at = 0, number = 1; at < text.length; ) {
    const from = endOfBlankLines(text, at);
    number += lineEnds(text, at, from);
    if (from === text.length) return;
    const line = readLine(text, from, separator);
    const end = line?.end ?? lineEnd(text, from) + 1;
    const cells = line?.cells;
    if (cells === undefined || cells.length > 1 || cells[0]?.trim() !== "") yield { number, cells };
    number += lineEnds(text, from, end);
    at = end;
  }
}

/** The start of the first line that says something. No pattern: of a million repetitions not every engine comes back. */
function endOfBlankLines(text: string, start: number): number {
  let end = start;
  for (let at = start; at < text.length && " \t\r\n".includes(text.charAt(at)); at++)
    if (text[at] === "\n") end = at + 1;
  return end;
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (text[at] === "\n") count += 1;
  return count;
}

/** Spreadsheets of other countries separate by semicolons, or by tabs. */
function separatorOf(text: string): string {
  const header = text.slice(0, lineEnd(text, 0));
  return SEPARATORS.find((separator) => header.includes(separator)) ?? ",";
}

/** Undefined where a quote stands as it must not. */
function readLine(text: string, start: number, separator: string): { cells: string[]; end: number } | undefined {
  const cells: string[] = [];
  for (let at = start; cells.length < MOST_CELLS; ) {
    const cell = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, separator);
    if (cell === undefined) return undefined;
    cells.push(cell.value);
    at = cell.end;
    if (text[at] === "\r" && (text[at + 1] ?? "\n") === "\n") at += 1;
    if (at >= text.length || text[at] === "\n") return { cells, end: at + 1 };
    if (text[at] !== separator) return undefined; // something stands behind a closing quote
    at += 1;
  }
  return undefined;
}

function bareCell(text: string, start: number, separator: string): { value: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\n") end += 1;
  const isLast = end === text.length || text[end] === "\n";
  const value = text.slice(start, end);
  return { value: isLast ? value.replace(/\r$/, "") : value, end };
}

function quotedCell(text: string, start: number): { value: string; end: number } | undefined {
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1 || quote - start > LONGEST_QUOTED) return undefined;
    if (text[quote + 1] !== '"') return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    at = quote + 2;
  }
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}
