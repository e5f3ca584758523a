/** What commands print: tables for people, JSON and CSV for programs, all on standard output. */
import type { Command } from "commander";
import { type Cell, exact, type Row, readable } from "./cell.ts";
import { csv } from "./csv.ts";
import { colourOf, table } from "./table.ts";
import { hasColours, painted, visible, visibleLines, widthOf } from "./terminal.ts";

/** How a command's answer is wanted; a table where nothing is said. */
export interface Format {
  json?: boolean;
  csv?: boolean;
}

export function addFormats(command: Command): Command {
  return command.option("--json", "as JSON").option("--csv", "as comma-separated values");
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people, beside what a program reads. */
export function warn(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}

/** Escaped beyond what JSON asks for, since a terminal obeys C1 control characters too. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value, null, 2);
  print(json.replace(/[\u007f-\u009f]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

export interface List {
  /** As JSON tells them. */
  things: readonly unknown[];
  /** The same as a table tells them, and CSV. */
  rows: readonly Row[];
  /** The columns of CSV, also where there is nothing to list. */
  columns: readonly string[];
  /** What a table says where there is nothing to list. */
  none: string;
  /** Columns to do without on a narrow terminal, the first of them first. */
  spare?: readonly string[];
}

export function printList({ things, rows, columns, none, spare }: List, format: Format): void {
  if (format.json) printJson(things);
  else if (format.csv) printCsv(columns, rows);
  else printRows(rows, none, spare);
}

/** A table under the names of the first row's fields; where there are no rows, `none` says so. */
export function printRows(rows: readonly Row[], none: string, spare?: readonly string[]): void {
  if (rows.length === 0) print(visible(none));
  else print(table(rows, { width: widthOf(process.stdout), colours: hasColours(process.stdout), spare }));
}

/** One thing: a line a field, or as JSON or CSV. */
export function printFields(thing: Record<string, unknown>, format: Format = {}): void {
  const flat = flattened(thing);
  if (format.json) printJson(thing);
  else if (format.csv) printCsv(Object.keys(flat), [flat]);
  else print(fields(flat));
}

function printCsv(columns: readonly string[], rows: readonly Row[]): void {
  const text = csv(columns, rows);
  print(process.stdout.isTTY ? text.split("\r\n").map(visible).join("\r\n") : text);
}

function fields(thing: Row): string {
  const atTerminal = process.stdout.isTTY === true;
  const colours = hasColours(process.stdout);
  const width = Math.max(...Object.keys(thing).map((name) => name.length));
  const lines = Object.entries(thing).map(([name, cell]) => {
    const text = textOf(cell, atTerminal).replaceAll("\n", `\n${" ".repeat(width + 2)}`);
    const colour = colours ? colourOf(name, cell) : undefined;
    return `${name.padEnd(width)}  ${colour === undefined ? text : painted(text, colour)}`.trimEnd();
  });
  return lines.join("\n");
}

/** Certificates and bodies are of several lines. */
function textOf(cell: Cell, atTerminal: boolean): string {
  return typeof cell === "string" ? visibleLines(exact(cell)) : readable(cell, atTerminal);
}

/** The API's names of moments, which it tells in Unix seconds. */
const MOMENT = /(_ts|_until|_at)$/;

/** Objects become fields `outer.inner`, lists one text, and Unix seconds moments. */
function flattened(thing: Record<string, unknown>, prefix = ""): Record<string, Cell> {
  const cells: [string, Cell][] = Object.entries(thing).flatMap(([name, value]): [string, Cell][] => {
    const full = prefix + name;
    if (value === null || value === undefined) return [[full, null]];
    if (Array.isArray(value)) return [[full, value.map(item).join(", ")]];
    if (value instanceof Date) return [[full, value]];
    if (typeof value === "object") return Object.entries(flattened({ ...value }, `${full}.`));
    if (typeof value === "number") return [[full, MOMENT.test(name) ? new Date(value * 1000) : value]];
    return [[full, typeof value === "boolean" ? value : String(value)]];
  });
  return Object.fromEntries(cells);
}

function item(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
