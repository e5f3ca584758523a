/** What stands in a table: values as commands have them, and as the reader at the other end wants them. */
import { visible } from "./terminal.ts";

/** A Date is a moment; it is told in the reader's own time at a terminal, and in ISO 8601 to programs. */
export type Cell = string | number | boolean | null | undefined | Date;
export type Row = Readonly<Record<string, Cell>>;

/** A moment of the API, in Unix seconds, as a cell. */
export function moment(seconds: unknown): Date | null {
  return typeof seconds === "number" ? new Date(seconds * 1000) : null;
}

/** For programs. */
export function exact(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  return cell instanceof Date ? isoTime(cell) : String(cell);
}

/** For people: on one line, harmless, and at a terminal in local time. */
export function readable(cell: Cell, atTerminal: boolean): string {
  if (cell instanceof Date && atTerminal) return localTime(cell);
  return visible(exact(cell));
}

function isoTime(moment: Date): string {
  return moment.toISOString().replace(".000Z", "Z");
}

/** `2026-11-21 14:18:39` */
function localTime(moment: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join("-");
  return `${day} ${[moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(":")}`;
}
