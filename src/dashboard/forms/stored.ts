/** From what the API answers about a thing to what its form shows. */
import { choiceText, type FieldSpec, type Input } from "./spec.ts";

/** Texts by field; secrets have none. */
export function storedIn(thing: object, specs: readonly FieldSpec[]): Record<string, string> {
  return Object.fromEntries(specs.map(({ name, input }) => [name, textOf(valueAt(thing, name), input)]));
}

/** The secrets that are stored: the API says so (`has_password`), or shows them masked. */
export function secretsIn(thing: object, specs: readonly FieldSpec[]): Set<string> {
  const secrets = specs.filter(({ input }) => input.kind === "secret").map(({ name }) => name);
  return new Set(
    secrets.filter((name) => {
      const hasName = name.replace(/[^.]+$/, (last) => `has_${last}`);
      return valueAt(thing, hasName) === true || typeof valueAt(thing, name) === "string";
    }),
  );
}

function textOf(value: unknown, input: Input): string {
  if (input.kind === "secret" || input.kind === "pairs" || value === null || value === undefined) return "";
  if (input.kind === "flag") return value === true ? "true" : "";
  if (input.kind === "choice") return choiceText(input.options.find(([option]) => option === value)?.[0] ?? null);
  if (Array.isArray(value)) return value.join(input.kind === "numbers" ? ", " : "\n");
  return String(value);
}

function valueAt(thing: unknown, path: string): unknown {
  let found = thing;
  for (const key of path.split(".")) found = isRecord(found) ? found[key] : undefined;
  return found;
}

function isRecord(thing: unknown): thing is Record<string, unknown> {
  return typeof thing === "object" && thing !== null;
}
