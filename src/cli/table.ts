/** Lays rows out in columns, within the width of a terminal: columns give way, then go, the least useful ones first. */
import stringWidth from "string-width";
import { type Cell, type Row, readable } from "./cell.ts";
import { type Colour, painted } from "./terminal.ts";

export interface Layout {
  /** Undefined: whatever it takes. */
  width: number | undefined;
  colours: boolean;
  /** Columns to do without where there is no room, the first of them first. */
  spare?: readonly string[] | undefined;
}

const GAP = "  ";
/** So narrow may a column become before another one goes. */
const NARROW = 14;
/** So narrow may it become when none is left to go. */
const NARROWEST = 4;

/** A table under the names of the first row's fields. */
export function table(rows: readonly Row[], layout: Layout): string {
  const columns = Object.keys(rows[0] ?? {}).map((name) => column(name, rows, layout.width !== undefined));
  const fitted = layout.width === undefined ? columns : fit(columns, layout.width, [...(layout.spare ?? [])]);
  const header = fitted
    .map(({ title, width }) => padded(title, width))
    .join(GAP)
    .trimEnd();
  const lines = rows.map((_, index) =>
    fitted
      .map((each) => cellAt(each, index, layout.colours))
      .join(GAP)
      .trimEnd(),
  );
  return [layout.colours ? painted(header, "bold") : header, ...lines].join("\n");
}

interface Column {
  name: string;
  title: string;
  cells: string[];
  width: number;
}

function column(name: string, rows: readonly Row[], atTerminal: boolean): Column {
  const title = name.toUpperCase();
  const cells = rows.map((row) => readable(row[name], atTerminal));
  return { name, title, cells, width: Math.max(...[title, ...cells].map((text) => stringWidth(text))) };
}

function fit(columns: readonly Column[], width: number, spare: string[]): Column[] {
  const narrowed = narrow(columns, width, NARROW);
  if (total(narrowed) <= width) return narrowed;
  const leaving = spare.shift();
  if (leaving === undefined) return narrow(columns, width, NARROWEST);
  return fit(
    columns.filter(({ name }) => name !== leaving),
    width,
    spare,
  );
}

/** The widest columns give way first, none below `least`. */
function narrow(columns: readonly Column[], width: number, least: number): Column[] {
  const widths = columns.map((each) => each.width);
  for (let excess = total(columns) - width; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= least) break;
    widths[widest]! -= 1;
  }
  return columns.map((each, index) => ({ ...each, width: widths[index]! }));
}

function total(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

function cellAt({ name, cells, width }: Column, index: number, colours: boolean): string {
  const cell = cells[index] ?? "";
  const colour = colours ? colourOf(name, cell) : undefined;
  const shown = padded(shortened(cell, width), width);
  return colour === undefined ? shown : painted(shown, colour);
}

function padded(text: string, width: number): string {
  const fitting = shortened(text, width);
  return fitting + " ".repeat(width - stringWidth(fitting));
}

/** What has several words loses its end; a single one (an id, an address, a path) its middle, as its end tells it from others. */
export function shortened(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const graphemes = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const room = width - 1; // the ellipsis
  if (text.includes(" ")) return `${taken(graphemes, room)}…`;
  const tail = taken(graphemes.toReversed(), Math.floor(room / 2), (segment, kept) => segment + kept);
  return `${taken(graphemes, room - stringWidth(tail))}…${tail}`;
}

function taken(
  graphemes: readonly string[],
  room: number,
  join = (segment: string, kept: string) => kept + segment,
): string {
  let kept = "";
  for (const segment of graphemes) {
    const longer = join(segment, kept);
    if (stringWidth(longer) > room) break;
    kept = longer;
  }
  return kept;
}

const COLOURED = ["state", "status", "event", "active"];
const WORDS: Record<string, Colour> = {
  ...{ ok: "green", sent: "green", running: "green", true: "green" },
  ...{ paused: "yellow", pending: "yellow", deferred: "yellow", sending: "yellow", starting: "yellow" },
  ...{ error: "red", failed: "red", stopped: "red", canceled: "red", false: "red" },
};

/** States at a glance. */
export function colourOf(name: string, cell: Cell): Colour | undefined {
  return COLOURED.includes(name) ? WORDS[String(cell)] : undefined;
}
