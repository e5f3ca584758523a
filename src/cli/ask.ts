/** Asks at a terminal for what the command line lacks; elsewhere nobody is there to answer, and it is a usage error. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { Cancelled, Failure, UsageError } from "./exit.ts";
import { visible } from "./terminal.ts";
import { type Fault, followTyping } from "./typing.ts";

export interface Question {
  label: string;
  /** Taken for an empty answer, and shown in brackets. */
  standard?: string | undefined;
  fault?: Fault | undefined;
}

/** Questions go to standard error, so that standard output holds only answers. */
export function atTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The value, or the answer to `label`; `flag` is what a script would have had to give. */
export async function required(
  value: string | undefined,
  flag: string,
  label: string,
  { fault, standard }: Omit<Question, "label"> = {},
): Promise<string> {
  if (value !== undefined && value !== "") return value;
  if (!atTerminal()) throw new UsageError(`${flag} is missing`);
  const needed = (answer: string) => (answer === "" ? "something is needed here" : fault?.(answer));
  return asked({ label, standard, fault: needed });
}

/** The same for a secret, which is not shown while it is typed. */
export async function requiredSecret(
  value: string | undefined,
  flag: string,
  label: string,
  fault?: Fault,
): Promise<string> {
  if (value !== undefined) return value;
  if (!atTerminal()) throw new UsageError(`${flag} is missing`);
  return askedSecret({ label, fault });
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
  if (!(await confirmed({ label: question }))) throw new Failure("nothing was changed");
}

/** A line of text; the standard answer where nothing is typed, or else nothing. */
export async function asked({ label, standard = "", fault }: Question): Promise<string> {
  const { text, streams } = await prompts();
  const message = standard === "" ? visible(label) : `${visible(label)} [${visible(standard)}]`;
  const check = (typed: string) => fault?.(typed.trim() || standard);
  const typing = followTyping(streams.input, check);
  const prompt = {
    ...streams,
    defaultValue: standard,
    get message() {
      return message + typing.hint(); // clack reads it at each key
    },
    validate: typing.validate,
  };
  return answered(await text(prompt).finally(typing.end)).trim() || standard;
}

export async function askedSecret({ label, fault }: Question): Promise<string> {
  const { password, streams } = await prompts();
  const validate = (typed: string | undefined) => fault?.(typed ?? "");
  return answered(await password({ ...streams, message: visible(label), validate })) ?? "";
}

/** One of a few; `standard` is the one that Enter alone takes. */
export async function chosen<T extends string>(
  label: string,
  options: readonly { value: T; hint: string }[],
  standard: T,
): Promise<T> {
  const { select, streams } = await prompts();
  const shown = options.map(({ value, hint }) => ({ value: String(value), label: value, hint }));
  const answer = answered(
    await select<string>({ ...streams, message: visible(label), options: shown, initialValue: standard }),
  );
  return options.find(({ value }) => value === answer)?.value ?? standard;
}

/** No, where Enter alone is pressed. */
export async function confirmed({ label }: Pick<Question, "label">): Promise<boolean> {
  const { confirm, streams } = await prompts();
  return answered(await confirm({ ...streams, message: visible(label), initialValue: false }));
}

/** Only who is asked something waits for the prompts to be loaded, and has standard input touched. */
async function prompts() {
  const streams: { input: Readable; output: Writable } = { input: process.stdin, output: process.stderr };
  return { ...(await import("@clack/prompts")), streams };
}

/** Clack answers a symbol where the person gave up. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === "symbol") throw new Cancelled();
  return answer as Exclude<T, symbol>;
}
