/** What the answers of the API hold, as far as tables show it. */

/** The list of that name. */
export function things(answer: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const found = answer[name];
  return Array.isArray(found) ? found.map((one) => ({ ...Object(one) })) : [];
}

export function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
