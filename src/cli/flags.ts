/** Options of a command that stand for fields of the API, so that both have the same names and the same checks. */
import type { Command } from "commander";
import * as v from "valibot";
import { invalid } from "../api/validation.ts";
import { UsageError } from "./exit.ts";

type Given = string | boolean;

/** One option: its flags and help as commander has them, and the field it sets (`client_auth.token` is one of an object). */
export interface Flag {
  flags: string;
  help: string;
  field: string;
  /** From the option's value to the field's; the schema tells what is wrong with it. */
  read?: (given: Given) => unknown;
}

/** Left as it is where it is no number, for the schema to say so. */
export const asNumber = (given: Given) => (/^\d+$/.test(String(given)) ? Number(given) : given);
export const asNumbers = (given: Given) => String(given).split(",").map(asNumber);

export function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const { flags: names, help } of flags) command.option(names, help);
  return command;
}

/** The fields that were given. An empty value clears its field, as null does in the API. */
export function givenFields(command: Command, flags: readonly Flag[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const options = command.opts<Record<string, Given | undefined>>();
  for (const option of command.options) {
    const flag = flags.find(({ flags: names }) => names === option.flags);
    const given = options[option.attributeName()];
    if (flag === undefined || given === undefined) continue;
    const value = given === "" ? null : (flag.read?.(given) ?? given);
    const [name = "", inner] = flag.field.split(".");
    body[name] = inner === undefined ? value : { ...Object(body[name]), [inner]: value };
  }
  return body;
}

/** The body as the API would take it; what the API would refuse is a usage error in its words. */
export function checked<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, body);
  if (success) return output;
  throw new UsageError(invalid(issues).message);
}
