/** From the reference's columns to fields of the API: pure. What cannot become one is told instead of lost in silence. */
import * as v from "valibot";
import { map } from "../../api/schemas/values.ts";
import { invalid } from "../../api/validation.ts";
import type { Fields } from "./source.ts";

/** A body for the API, and what of the row is not in it. */
export interface Converted {
  body: Record<string, unknown>;
  lost: string[];
}

/** These columns under their own names, where they hold something. */
export function given(row: Fields, names: readonly string[]): Record<string, unknown> {
  const filled = names.filter((name) => row[name] !== undefined && row[name] !== null && row[name] !== "");
  return Object.fromEntries(filled.map((name) => [name, row[name]]));
}

/** Of limits and sizes, where 0 means none there, and is refused here. */
export function givenOverZero(row: Fields, names: readonly string[]): Record<string, unknown> {
  return given(
    row,
    names.filter((name) => Number(row[name]) !== 0),
  );
}

/** SQLite has no booleans; null says nothing there either. */
export function flag(value: unknown): boolean | undefined {
  return value === null || value === undefined || value === "" ? undefined : Number(value) !== 0;
}

/** An object out of a column of JSON; undefined where it holds none, which `lost` is told unless it is empty. */
export function object(row: Fields, name: string, lost: string[]): Record<string, unknown> | undefined {
  const column = row[name];
  if (column === null || column === undefined || column === "" || column === "null") return undefined;
  const { success, output } = v.safeParse(JsonObject, column);
  if (success) return output;
  lost.push(`${name}: is no JSON object`);
  return undefined;
}

/** A text that is the JSON of an object. */
export const JsonObject = v.pipe(v.string(), v.parseJson(), map(v.string(), v.unknown()));

/** The body without the fields that the API would refuse, each told with its reason; or why there can be none. */
export function fitting(
  schema: v.GenericSchema,
  { body, lost }: Converted,
  needed: readonly string[],
): Converted | { refused: string } {
  const { success, issues } = v.safeParse(schema, body);
  if (success) return { body, lost };
  const faults = invalid(issues).details.map(({ path, message }) => ({
    field: path.split(/[.[]/)[0] ?? "",
    words: path === "" ? message : `${path}: ${message}`,
  }));
  const fatal = faults.find(({ field }) => needed.includes(field) || !(field in body));
  if (fatal !== undefined) return { refused: fatal.words };
  const kept = Object.entries(body).filter(([name]) => faults.every(({ field }) => field !== name));
  return fitting(
    schema,
    { body: Object.fromEntries(kept), lost: [...lost, ...faults.map(({ words }) => words)] },
    needed,
  );
}
