/** Answers a shell that asks what may stand next: `mail-proxy __complete WORDS...`, the last of them as far as it is typed. */
import type { Command } from "commander";
import { print } from "../output.ts";
import { visible } from "../terminal.ts";
import { type Candidate, FILES, placeOf, standing } from "./place.ts";

/** The first word of such a call, which no instance can be named. */
export const COMPLETE = "__complete";

/** Whatever goes wrong, the person at the prompt is told nothing: there is just nothing to complete. */
export async function complete(program: Command, words: readonly string[]): Promise<number> {
  const found = await candidates(program, words).catch(() => []);
  for (const { value, description } of found) print(description === "" ? value : `${value}\t${visible(description)}`);
  return 0;
}

/** The words that fit, of the place where the last one stands. */
export async function candidates(program: Command, words: readonly string[]): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const found = await standing(placeOf(program, words.slice(0, -1)), typed);
  return found.filter((each) => each === FILES || (each.value.startsWith(typed) && visible(each.value) === each.value));
}
