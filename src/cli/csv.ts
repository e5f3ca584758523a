/** A command's rows as comma-separated values (RFC 4180) that a spreadsheet may open without harm. */
import { csvLine, harmless } from "../api/csv.ts";
import { type Cell, exact, type Row } from "./cell.ts";

/** A header of these columns, then a line each; lines end in CRLF, but for the last. */
export function csv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => text(row[name])))];
  return lines.map(csvLine).join("\r\n");
}

/** Numbers are left alone, also below zero. */
function text(cell: Cell): string {
  return typeof cell === "string" ? harmless(cell) : exact(cell);
}
