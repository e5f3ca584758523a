/** What is known of the terminal at the other end of a stream, and what text must not do to it. */

/** As far as `process.stdout` and `process.stderr` are looked at. */
export type Output = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** Columns that fit on a line; undefined where a file or another program reads, which wants everything. */
export function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY && columns > 0 ? columns : undefined;
}

/** Colours, at a terminal that has them, and for whom they are not a nuisance (no-color.org). */
export function hasColours({ isTTY }: Output, environment: NodeJS.ProcessEnv = process.env): boolean {
  return isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
}

/** Control characters, C1 ones included, and what turns the direction of writing or breaks a line. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text out of a database or off a server on one line: a terminal would obey its escape sequences. */
export function visible(text: string): string {
  return text.replace(UNSAFE, "\ufffd");
}

/** The same for text of several lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

const CODES = { green: 32, yellow: 33, red: 31, bold: 1, dim: 2 };
export type Colour = keyof typeof CODES;

export function painted(text: string, colour: Colour): string {
  return `\u001b[${CODES[colour]}m${text}\u001b[0m`;
}
