/** The suppression list as CSV: an export, and what it and other systems' exports say. */
import { SUPPRESSION_SOURCES } from "../db/suppressions.ts";
import type { SuppressionView } from "../tenancy/suppressions.ts";
import { type CsvLine, csvLine, csvLines, harmless, unharmed } from "./csv.ts";
import type { Given } from "./suppressions-intake.ts";
import { invalidField } from "./validation.ts";

const COLUMNS = ["address", "source", "reason", "pk", "message_id", "created_ts", "expires_ts"] as const;

/** How other systems call the address. */
const ADDRESS_COLUMNS = ["address", "email", "e-mail", "email address", "recipient"];

/** A larger import would fill the command log. */
const MOST_LOGGED = 1_000;

/** A header and a line each, ending in CRLF, a page at a time. */
export async function* toCsv(pages: AsyncIterable<readonly SuppressionView[]>): AsyncGenerator<string> {
  yield `${csvLine(COLUMNS)}\r\n`;
  for await (const page of pages)
    yield page.map((entry) => `${csvLine(COLUMNS.map((name) => cell(entry[name])))}\r\n`).join("");
}

function cell(value: string | number | null): string {
  return typeof value === "string" ? harmless(value) : String(value ?? "");
}

export interface CsvEntries {
  /** Read as they are taken, once: no file is in memory as entries, and who takes them may let others in between. */
  lines: Iterable<Given>;
  /** What the command log keeps of those that were taken. */
  payload(): object;
}

/** What a file says, line by line. Throws AppError where no column holds addresses. */
export function fromCsv(text: string): CsvEntries {
  const lines = csvLines(text);
  const header = lines.next().value?.cells ?? [];
  const names = header.map((name) => unharmed(name.trim()).toLowerCase());
  const address = ADDRESS_COLUMNS.find((name) => names.includes(name));
  if (address === undefined)
    throw invalidField("", "the first line must name the columns, one of them address or email");
  const columns = { address, reason: "reason", expires_ts: "expires_ts", source: "source" };
  const places = Object.entries(columns).map(([field, name]) => [field, names.indexOf(name)] as const);
  const logged: object[] = [];
  let count = 0;
  function* entries(): Generator<Given> {
    for (const line of lines) {
      const given = entryOf(line, places);
      count += 1;
      if (given !== undefined && count <= MOST_LOGGED) logged.push(given);
      yield { line: line.number, given };
    }
  }
  return {
    lines: entries(),
    payload: () => (count > MOST_LOGGED ? { omitted: `${count} lines of CSV` } : { suppressions: logged }),
  };
}

function entryOf({ cells }: CsvLine, places: readonly (readonly [string, number])[]): object | undefined {
  if (cells === undefined) return undefined;
  const told = places.flatMap(([field, place]) => {
    const text = unharmed(cells[place]?.trim() ?? "");
    return text === "" ? [] : [[field, text] as const];
  });
  const entry: Record<string, string> = { address: "", ...Object.fromEntries(told) };
  const isKnown = SUPPRESSION_SOURCES.some((source) => source === entry.source?.toLowerCase());
  return { ...entry, source: isKnown ? entry.source?.toLowerCase() : "import" };
}
