/** What Tab completes: commands, their options, and by the arguments' names the ids that the instance knows. */
import type { Command } from "commander";
import { STATUSES } from "../../queue/list.ts";
import { sessionProgram } from "./commands.ts";
import type { Session } from "./session.ts";
import { quoted, wordsOf } from "./words.ts";

/** So many ids are looked at; who has more types a little more. */
const MOST = "100";

/** The words that can stand at the end of the line, and the beginning of one that stands there now. */
export async function completions(session: Session, line: string): Promise<[string[], string]> {
  const words = wordsOf(line);
  const begun = /\s$/.test(line) || line === "" ? "" : (words.pop() ?? "");
  const program = sessionProgram(session);
  const candidates = await candidatesFor(session, program, words, begun);
  return [candidates.filter((one) => one.startsWith(begun)).map((one) => `${quoted(one)} `), begun];
}

async function candidatesFor(session: Session, program: Command, words: readonly string[], begun: string) {
  const [name, ...rest] = words;
  const names = program.commands.map((command) => command.name());
  if (name === undefined) return [...names, "help"];
  if (name === "help") return names;
  const command = program.commands.find((one) => one.name() === name || one.aliases().includes(name));
  if (command === undefined) return [];
  if (begun.startsWith("-")) return command.options.flatMap(({ long }) => long ?? []);
  const option = command.options.find(({ long, required }) => required && long === rest.at(-1));
  if (option !== undefined) return idsOf(session, option.attributeName(), begun);
  const argument = command.registeredArguments[positionals(command, rest)];
  return argument === undefined ? [] : idsOf(session, argument.name(), begun);
}

/** How many of the words are no options, nor their values. */
function positionals(command: Command, words: readonly string[]): number {
  const valued = command.options.filter(({ required }) => required).map(({ long }) => long);
  return words.filter((word, at) => !word.startsWith("-") && !valued.includes(words[at - 1])).length;
}

async function idsOf({ call, tenantId }: Session, kind: string, begun: string): Promise<string[]> {
  if (kind === "status") return [...STATUSES];
  if (kind === "tenant") return ids((await call("GET", "/tenants")).tenants);
  if (kind !== "message") return [];
  const query = { tenant_id: tenantId, limit: MOST, q: begun === "" ? undefined : begun };
  return ids((await call("GET", "/messages", { query })).messages);
}

function ids(things: unknown): string[] {
  return Array.isArray(things) ? things.map((thing) => String(Object(thing).id)) : [];
}
