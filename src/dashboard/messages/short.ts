/** Texts that may be long, for places that have no room for them. */

/** The beginning of it; no half of a character at the end. */
export function short(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.slice(0, most - 1);
  return `${end.toWellFormed() === end ? end : end.slice(0, -1)}…`;
}
