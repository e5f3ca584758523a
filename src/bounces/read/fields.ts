/** Fields as RFC 5322 2.2 writes them: of a header, and of the blocks of a delivery status (RFC 3464 2.1). */
import { LONGEST_FIELD } from "./limits.ts";

/** RFC 5322 2.2: printable ASCII without a colon; no field in use is longer. */
const FIELD_NAME = /^[!-9;-~]{1,76}$/;

export class Fields {
  readonly #fields: readonly (readonly [name: string, value: string])[];

  /** Names in lower case, values unfolded. */
  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    this.#fields = fields;
  }

  [Symbol.iterator]() {
    return this.#fields.values();
  }

  /** The first of that name; an empty one is as good as none. */
  first(name: string): string | undefined {
    return this.#fields.find(([key, value]) => key === name && value !== "")?.[1];
  }

  all(name: string): string[] {
    return this.#fields.filter(([key, value]) => key === name && value !== "").map(([, value]) => value);
  }

  has(...names: string[]): boolean {
    return this.#fields.some(([key]) => names.includes(key));
  }
}

/** The blocks of fields in a text, which blank lines part; at most so many. */
export function readBlocks(text: string, most: number): Fields[] {
  const blocks: [name: string, lines: string[]][][] = [[]];
  for (const line of text.split(/\r\n|[\r\n]/)) {
    const block = blocks.at(-1);
    if (block === undefined) break;
    if (line.trim() !== "") takeLine(block, line);
    else if (block.length > 0 && blocks.push([]) > most) break;
  }
  return blocks
    .slice(0, most)
    .filter((block) => block.length > 0)
    .map(unfolded);
}

function takeLine(block: [name: string, lines: string[]][], line: string): void {
  const colon = line.indexOf(":");
  const name = colon === -1 ? "" : line.slice(0, colon).trimEnd();
  if (FIELD_NAME.test(name)) block.push([name.toLowerCase(), [line.slice(colon + 1)]]);
  // Some servers break a diagnostic code without a space in front of the second line.
  else block.at(-1)?.[1].push(line);
}

function unfolded(block: [name: string, lines: string[]][]): Fields {
  return new Fields(
    block.map(([name, lines]) => [
      name,
      lines
        .map((line) => line.trim())
        .join(" ")
        .trim()
        .slice(0, LONGEST_FIELD),
    ]),
  );
}
