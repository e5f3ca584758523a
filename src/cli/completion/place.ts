/** Where in the command line a word stands, found by walking the commands as they would be run, and what may stand there. */
import type { Argument, Command, Option } from "commander";
import { SETTINGS } from "../../config.ts";
import { homeFolder, type Instance, instanceOrUnknownWord, listInstances } from "../home.ts";
import { instanceProgram } from "../instance.ts";
import { tenantProgram } from "../tenant.ts";
import { accountIds, messageIds, tenantIds } from "./names.ts";

export interface Candidate {
  value: string;
  description: string;
}

export interface Place {
  /** The command that the words before lead to. */
  command: Command;
  home: string;
  instance: Instance | undefined;
  tenantId: string | undefined;
  /** Arguments of the command that stand before. */
  given: number;
  /** The option whose value is next. */
  option: Option | undefined;
}

/** What a shell is told where a file is to be named: it knows best. */
export const FILES: Candidate = { value: ":files", description: "" };

export function placeOf(program: Command, words: readonly string[]): Place {
  const start = { command: program, home: homeFolder(undefined), instance: undefined, tenantId: undefined };
  return words.reduce(step, { ...start, given: 0, option: undefined });
}

function step(place: Place, word: string): Place {
  const { command, option } = place;
  if (option !== undefined)
    return { ...place, option: undefined, home: option.long === "--home" ? homeFolder(word) : place.home };
  if (word.startsWith("-")) return { ...place, option: optionsOf(command).find((each) => takesValue(each, word)) };
  const inner = command.commands.find((each) => each.name() === word);
  if (inner !== undefined) return { ...place, command: inner, given: 0 };
  return named(place, word) ?? { ...place, given: place.given + 1 };
}

/** Names of instances and tenants stand where commands do. */
function named(place: Place, word: string): Place | undefined {
  const { command, home, instance, tenantId } = place;
  if (instance === undefined && command.parent === null)
    return { ...place, instance: instanceOrUnknownWord(home, word), command: instanceProgram(home, word) };
  if (instance !== undefined && tenantId === undefined && command.parent === null)
    return { ...place, tenantId: word, command: tenantProgram(instance, word) };
  return undefined;
}

function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent?.options ?? [])];
}

function takesValue(option: Option, word: string): boolean {
  return (option.long === word || option.short === word) && (option.required || option.optional);
}

/** What may stand at the place, of which the shell shows what begins as `typed` does. */
export async function standing(place: Place, typed: string): Promise<Candidate[]> {
  const { command, home, instance, tenantId, option, given } = place;
  if (option !== undefined) return optionValues(place, option);
  if (typed.startsWith("-")) return flagsOf(command);
  const names = await namesHere({ home, instance, tenantId, isTop: command.parent === null });
  if (command.commands.length > 0) return [...commandsOf(command), ...names];
  const argument = command.registeredArguments[given] ?? command.registeredArguments.find(({ variadic }) => variadic);
  return argument === undefined ? [] : argumentValues(place, argument);
}

async function namesHere(at: Pick<Place, "home" | "instance" | "tenantId"> & { isTop: boolean }): Promise<Candidate[]> {
  if (!at.isTop || at.tenantId !== undefined) return [];
  return at.instance === undefined ? instances(at.home) : described(await tenantIds(at.instance), "tenant");
}

function optionValues(place: Place, option: Option): Candidate[] | Promise<Candidate[]> {
  if (option.argChoices !== undefined) return described(option.argChoices, option.description);
  if (/<(file|folder)>/.test(option.flags)) return [FILES];
  if (option.long === "--account") return accounts(place);
  return [];
}

function argumentValues(place: Place, argument: Argument): Candidate[] | Promise<Candidate[]> {
  const { command, home } = place;
  if (argument.argChoices !== undefined) return described(argument.argChoices, "");
  const name = argument.name();
  if (name === "file") return [FILES];
  if (name === "name") return instances(home);
  if (name === "setting") return Object.values(SETTINGS).map((each) => ({ value: each.name, description: each.doc }));
  return name === "id" && command.name() !== "add" ? ids(place) : [];
}

async function ids({ command, instance, tenantId }: Place): Promise<Candidate[]> {
  if (instance === undefined) return [];
  if (tenantId === undefined) return described(await tenantIds(instance), "tenant");
  if (command.parent?.name() === "accounts") return described(await accountIds(instance, tenantId), "account");
  return command.parent?.name() === "messages" ? described(await messageIds(instance, tenantId), "message") : [];
}

async function accounts({ instance, tenantId }: Place): Promise<Candidate[]> {
  if (instance === undefined || tenantId === undefined) return [];
  return described(await accountIds(instance, tenantId), "account");
}

function instances(home: string): Candidate[] {
  return described(
    listInstances(home).map(({ name }) => name),
    "instance",
  );
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ value: each.name(), description: each.description() }));
}

function flagsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
}

function described(values: readonly string[], description: string): Candidate[] {
  return values.map((value) => ({ value, description }));
}
