/** Comma-separated values (RFC 4180) that a spreadsheet may open without harm. */
import { type Cell, exact, type Row } from "./cell.ts";

/** A header of these columns, then a line each; lines end in CRLF, but for the last. */
export function csv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns.map(quoted), ...rows.map((row) => columns.map((name) => quoted(harmless(row[name]))))];
  return lines.map((line) => line.join(",")).join("\r\n");
}

/** RFC 4180 2.6 and 2.7. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Spreadsheets compute what begins like a formula, and subjects and addresses are anybody's: such text gets an apostrophe
 * in front, which they take for "this is text" (OWASP, CSV injection). Numbers are left alone.
 */
function harmless(cell: Cell): string {
  const text = exact(cell);
  return typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
