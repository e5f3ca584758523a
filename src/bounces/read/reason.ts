/** A server's words made fit for an event: one line, well-formed, not long. */
import { LONGEST_REASON, LONGEST_WORDS } from "./limits.ts";

/** Controls, separators of lines, and what turns the direction of writing around. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** RFC 3464 2.1.2: the type of a diagnostic, such as `smtp;`. */
const DIAGNOSTIC_TYPE = /^\s*(?:smtp|x-[\w-]{1,40})\s*;\s*/i;
/** RFC 5321 4.2.1: each line but the last of a reply has the code and a hyphen, most also the enhanced code. */
const REPEATED = /(?<=\s)(?:\d{3}-(?:[245]\.\d{1,3}\.\d{1,3}\s)?|(\d{3}) [245]\.\d{1,3}\.\d{1,3}\s(?!$))/g;
const MULTILINE = /^\d{3}-/;

/** On one line, without what cannot be seen. */
export function oneLine(text: string, most: number = LONGEST_REASON): string {
  const line = text
    .slice(0, most * 4)
    .replace(UNSEEN, " ")
    .replace(/\s+/g, " ")
    .trim();
  // A surrogate pair that the cut went through leaves half of it.
  return line
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, "")
    .toWellFormed();
}

/** The reason in a diagnostic code (RFC 3464 2.3.6) or in other words of a server. */
export function reasonOf(words: string): string {
  const line = oneLine(words.replace(DIAGNOSTIC_TYPE, ""), LONGEST_WORDS);
  return oneLine(
    MULTILINE.test(line) ? line.replace(REPEATED, "").replace(MULTILINE, (code) => `${code.slice(0, 3)} `) : line,
  );
}
