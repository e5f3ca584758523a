/** Asks at a terminal for what the command line lacks; elsewhere nobody is there to answer, and it is a usage error. */
import { createInterface } from "node:readline";
import { confirm, isCancel, password, text } from "@clack/prompts";
import { Failure, UsageError } from "./exit.ts";

function atTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** The value, or the answer to `label`; `flag` is what a script would have had to give. */
export async function required(value: string | undefined, flag: string, label: string): Promise<string> {
  if (value !== undefined && value !== "") return value;
  if (!atTerminal()) throw new UsageError(`${flag} is missing`);
  return answered(
    await text({ message: label, validate: (entered) => (entered ? undefined : "something is needed here") }),
  );
}

/** The same for a secret, which is not shown while it is typed. */
export async function requiredSecret(value: string | undefined, flag: string, label: string): Promise<string> {
  if (value !== undefined) return value;
  if (!atTerminal()) throw new UsageError(`${flag} is missing`);
  return answered(await password({ message: label }));
}

/** What `-` stands for as a secret: the first line of standard input, since arguments are seen in the list of processes. */
export async function secretFromInput(flag: string, label: string): Promise<string> {
  if (atTerminal()) return requiredSecret(undefined, flag, label);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== "") return line;
    break;
  }
  throw new UsageError(`${flag} - takes the first line of standard input, and that is empty`);
}

/** Goes on only when the person agrees, or has done so with --force. */
export async function agreed(question: string, force: boolean | undefined): Promise<void> {
  if (force) return;
  if (!atTerminal()) throw new UsageError(`${question} Give --force to do it without being asked`);
  if (!answered(await confirm({ message: question, initialValue: false }))) throw new Failure("nothing was changed");
}

/** Clack answers a symbol where the person gave up. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Failure("cancelled, nothing was changed");
  return answer as Exclude<T, symbol>;
}
