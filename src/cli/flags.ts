/** Options of a command that stand for fields of the API, so that both have the same names and the same checks. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import * as v from "valibot";
import { invalid } from "../api/validation.ts";
import { type Detail, reason } from "../errors.ts";
import { secretFromInput } from "./ask.ts";
import { UsageError } from "./exit.ts";

type Given = string | boolean | string[];

/** One option: its flags and help as commander has them, and the field it sets (`client_auth.token` is one of an object). */
export interface Flag {
  flags: string;
  help: string;
  field: string;
  /** From the option's value to the field's; the schema tells what is wrong with it. */
  read?: (given: Given) => unknown;
  /** Values for the shell to complete. */
  values?: readonly string[];
  /** It may be given several times. */
  repeatable?: true;
  /** What it is called where it is asked for: `-` in its place stands for a line of standard input. */
  secret?: string;
}

/** Left as it is where it is no number, for the schema to say so. */
export const asNumber = (given: Given) => (/^\d+(\.\d+)?$/.test(String(given)) ? Number(given) : given);
export const asList = (given: Given) =>
  String(given)
    .split(",")
    .map((one) => one.trim());
export const asNumbers = (given: Given) => String(given).split(",").map(asNumber);

/** `NAME=VALUE` given any number of times as an object; a name without a value is cleared. */
export function asMap(given: Given): Record<string, string | null> {
  const pairs = [given].flat().map((pair): [string, string | null] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(String(pair)) ?? [];
    if (name === undefined) throw new UsageError(`${JSON.stringify(pair)} must be NAME=VALUE`);
    return [name, value || null];
  });
  return Object.fromEntries(pairs);
}

/** What stands in the file of that name. */
export function fromFile(given: Given): string {
  try {
    return readFileSync(String(given), "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${given}: ${reason(error)}`);
  }
}

export function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const { flags: names, help, repeatable, values } of flags) {
    const option = new Option(names, help);
    if (values !== undefined) option.argChoices = [...values]; // for help and completion: the schema does the checking
    if (repeatable) option.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(option);
  }
  return command;
}

/** The fields that were given. An empty value clears its field, as null does in the API. */
export async function givenFields(command: Command, flags: readonly Flag[]): Promise<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  const options = command.opts<Record<string, Given | undefined>>();
  for (const option of command.options) {
    const flag = flags.find(({ flags: names }) => names === option.flags);
    const given = options[option.attributeName()];
    if (flag !== undefined && given !== undefined) setField(body, flag.field, await fieldValue(flag, given));
  }
  return body;
}

async function fieldValue({ flags, read, secret }: Flag, given: Given): Promise<unknown> {
  if (given === "") return null;
  if (given === "-" && secret !== undefined) return secretFromInput(longName(flags), secret);
  return read?.(given) ?? given;
}

/** Sets `name`, or `name.inner` of an object. */
function setField(body: Record<string, unknown>, field: string, value: unknown): void {
  const [name = "", inner] = field.split(".");
  body[name] = inner === undefined ? value : { ...Object(body[name]), [inner]: value };
}

/** The body as the API would take it; what the API would refuse is a usage error in its words, with the names of the flags. */
export function checked<S extends v.GenericSchema>(
  schema: S,
  body: unknown,
  flags: readonly Flag[] = [],
): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, body);
  if (success) return output;
  throw new UsageError(inFlags(invalid(issues).details, flags));
}

/** What is wrong with one answer to a question, in the API's words. */
export function faultOf(schema: v.GenericSchema, value: unknown): string | undefined {
  const { success, issues } = v.safeParse(schema, value);
  return success ? undefined : invalid(issues).message;
}

/** Complaints about fields, told of the flags that set them. */
export function inFlags(details: readonly Detail[], flags: readonly Flag[]): string {
  return details.map(({ path, message }) => (path === "" ? message : `${nameOf(path, flags)} ${message}`)).join("; ");
}

function nameOf(path: string, flags: readonly Flag[]): string {
  const field = path.replace(/\[\d+\]$/, "");
  const flag = flags.find((each) => each.field === field) ?? flags.find((each) => field.startsWith(`${each.field}.`));
  return flag === undefined ? path : longName(flag.flags);
}

function longName(flags: string): string {
  return flags.split(" ", 1)[0]!;
}
