/** What a broken connection says of itself: the error's text, and its code where the text lacks it. */
import { reason } from "../errors.ts";

export function failureText(thrown: unknown): string {
  const text = reason(thrown);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (text === "") return code; // several addresses failed, each in its own way
  return code === "" || text.includes(code) ? text : `${text} (${code})`;
}
