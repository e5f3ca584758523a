/** Where the text of a setting comes from: the environment under our name, under the reference's, or what is stored. */
import { REFERENCE_NAMES } from "./reference-names.ts";

/** Texts by name. What files and bindings hold as numbers, truths or lists is taken for the text that stands for it. */
export type Source = Readonly<Record<string, unknown>>;

export interface Given {
  raw: string;
  /** The name in the environment, or `stored`. */
  from: string;
}

/** What is empty counts as not given: so a variable can be unset where only its value can be changed. */
export function look(name: string, environment: Source, stored: Source): Given | undefined {
  const references = Object.entries(REFERENCE_NAMES).filter(([, { setting }]) => setting === name);
  const places = [
    { value: environment[`MAIL_PROXY_${name}`], from: `MAIL_PROXY_${name}`, convert: String },
    { value: environment[`GMP_${name}`], from: `GMP_${name}`, convert: String },
    ...references.map(([from, { convert = String }]) => ({ value: environment[from], from, convert })),
    { value: stored[name], from: "stored", convert: String },
  ];
  const given = places.find(({ value }) => rawOf(value) !== "");
  return given && { raw: given.convert(rawOf(given.value)), from: given.from };
}

function rawOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
