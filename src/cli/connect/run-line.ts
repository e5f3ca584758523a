/** Runs one line of a conversation. */
import { CommanderError } from "commander";
import { describe } from "../describe.ts";
import { warn } from "../output.ts";
import { sessionProgram } from "./commands.ts";
import type { Session } from "./session.ts";
import { wordsOf } from "./words.ts";

/** Answers whether it went well. Whatever goes wrong is told, and ends nothing. */
export async function runLine(session: Session, line: string): Promise<boolean> {
  const words = wordsOf(line);
  if (words.length === 0 || words[0]?.startsWith("#")) return true;
  try {
    await sessionProgram(session).parseAsync(words, { from: "user" });
    return true;
  } catch (error) {
    // Commander has told its own by now; help ends as an error with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0;
    warn(describe(error));
    return false;
  }
}
