/** Lets commander tell a wrong command line as everything else here is told: one sentence, with the nearest word behind it. */
import type { Command } from "commander";

/** Before whatever is told of a command line from a shell. */
export const OWN_NAME = "mail-proxy: ";

/** Makes errors exceptions, told on standard error behind `prefix`; commands that are added afterwards inherit it. */
export function inOwnWords(program: Command, prefix: string): Command {
  return program
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${prefix}${sentence(text)}\n`) });
}

/** Of `error: unknown command 'lst'\n(Did you mean list?)\n`: `unknown command 'lst' (did you mean list?)`. */
function sentence(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\(Did you mean /, " (did you mean ");
}
