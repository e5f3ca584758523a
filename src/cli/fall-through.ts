/** Lets names stand where commands do: `mail-proxy list`, but also `mail-proxy NAME tenants list`. */
import type { Command } from "commander";
import { UsageError } from "./exit.ts";
import { didYouMean } from "./nearest.ts";

/**
 * A first word that is no command of `program` goes, with everything after it, to `otherwise`.
 *
 * Called after the commands were added: they keep the help option that `program` gives up here, since it would take
 * `--help` from what follows a name.
 */
export function fallThrough(
  program: Command,
  word: string,
  otherwise: (name: string, rest: string[]) => Promise<unknown>,
): Command {
  return program
    .helpOption(false)
    .usage(`[options] <command | ${word}>`)
    .argument(`[${word}]`)
    .argument("[words...]")
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (name: string | undefined, rest: string[]) => {
      if (name === undefined || name === "--help" || name === "-h") program.outputHelp();
      else if (name.startsWith("-")) throw new UsageError(unknownOption(program, name));
      else await otherwise(name, rest);
    });
}

function unknownOption(program: Command, given: string): string {
  const known = program.options.flatMap(({ long }) => long ?? []);
  return `unknown option '${given}'${didYouMean(given, [...known, "--help"])}`;
}
