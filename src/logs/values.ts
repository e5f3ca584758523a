/** Values as a line of the log holds them: on one line, harmless to a terminal, and of a length that can be borne. */

/** A server's words have at most 1,000 characters (smtp/outcome.ts). */
const LONGEST_TEXT = 1_000;
const MOST_ENTRIES = 20;

/** Control characters, what turns the direction of writing, and what breaks a line: RFC 8259 leaves most of it as it is. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** On one line: what a server replied forges none, and moves no cursor. In JSON they are its own escapes. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function clipped(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT).toWellFormed()}... (${text.length - LONGEST_TEXT} characters more)`;
}

/** A value in a sentence. */
export function inWords(value: unknown): string {
  const shown = bounded(value);
  if (Array.isArray(shown)) return shown.map(inWords).join(", ");
  return typeof shown === "string" ? escaped(shown) : String(shown ?? "");
}

/** A value as JSON holds it; undefined has no place there. */
export function bounded(value: unknown): unknown {
  if (typeof value === "string") return clipped(value);
  if (value === null || typeof value === "boolean" || typeof value === "number" || value === undefined) return value;
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map(entry);
  return clipped(value instanceof Error ? value.message : asJson(value));
}

function entry(value: unknown): unknown {
  return Array.isArray(value) ? clipped(asJson(value)) : bounded(value);
}

function asJson(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? typeof value
    );
  } catch {
    return typeof value; // it goes in circles, or will not be written; a line is not to fail for that
  }
}
