/** What commands print: tables for people, JSON and CSV for programs, all on standard output. */

export type Cell = string | number | boolean | null | undefined;
type Row = Record<string, Cell>;

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people, beside what a program reads. */
export function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A table under the names of the first row's fields; where there are no rows, `none` says so. */
export function printRows(rows: readonly Row[], none: string): void {
  print(rows.length === 0 ? none : table(rows));
}

/** One thing: a line a field, or as JSON. */
export function printFields(thing: Record<string, unknown>, json: boolean | undefined): void {
  if (json) printJson(thing);
  else print(fields(thing));
}

function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names.map((name) => name.toUpperCase()), ...rows.map((row) => names.map((name) => shown(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return padded.map((line) => line.trimEnd()).join("\n");
}

function fields(thing: Record<string, unknown>): string {
  const width = Math.max(...Object.keys(thing).map((name) => name.length));
  const lines = Object.entries(thing).map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}`);
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** RFC 4180: quoted where it must be, lines end in CRLF. */
export function csv(columns: readonly string[], rows: readonly Row[]): string {
  const quoted = (cell: Cell) =>
    /[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? "");
  return [columns, ...rows.map((row) => columns.map((name) => quoted(row[name])))]
    .map((line) => line.join(","))
    .join("\r\n");
}

/** Text out of a database may hold escape sequences, which a terminal would obey. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
