/**
 * The inner side of a process of the benchmarks: options come as `--name=value`, news goes out and questions come in as
 * lines of JSON, so that each process can be run and talked to at a terminal too.
 */
import { createInterface } from "node:readline";

/** `--name=value` of this process's command line. */
export function option(name: string): string | undefined {
  const prefix = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}

/** The same where the process cannot do without; throws with its name. */
export function required(name: string): string {
  const value = option(name);
  if (value === undefined) throw new Error(`--${name}=... is missing`);
  return value;
}

export function tell(news: unknown): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

/** Answers one question after the other; settles when nobody is there to ask any more. */
export async function answerAll<Q>(answer: (question: Q) => unknown): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    tell(await answer(JSON.parse(line) as Q));
  }
}
