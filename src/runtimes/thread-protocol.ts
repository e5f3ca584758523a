/**
 * What two threads say to each other about a libSQL file: strings, which cross over without being copied piece by piece.
 *
 * A call is a line of JSON and, after it, the long values of its statements as they are: encoding them once more would cost
 * more than all the rest. The answer is one line of JSON. The first call opens the file.
 */
import { LibsqlError, type TransactionMode, type Value } from "@libsql/client/http";
import type { FileOptions, Step, StepResult } from "./embedded.ts";

/** A value of so many characters travels on its own. */
const LONG = 1_024;

/** Stands for the long value of that number. */
interface Placeholder {
  long: number;
}

interface Call {
  id: number;
  open?: FileOptions;
  close?: true;
  mode?: TransactionMode | undefined;
  steps?: [sql: string, args: (Value | Placeholder)[] | Record<string, Value | Placeholder>][];
  /** How many long values follow. */
  longs: number;
}

export interface Answer {
  id: number;
  results?: StepResult[];
  failure?: { message: string; code: string; extendedCode: string | undefined; rawCode: number | undefined };
}

export type Task = { id: number } & (
  | { open: FileOptions }
  | { close: true }
  | { steps: Step[]; mode?: TransactionMode | undefined }
);

/** The strings to post, in their order. */
export function encodeTask(task: Task): string[] {
  if (!("steps" in task)) return [JSON.stringify({ ...task, longs: 0 } satisfies Call)];
  const longs: string[] = [];
  const short = (value: Value): Value | Placeholder => {
    if (typeof value !== "string" || value.length < LONG) return value;
    return { long: longs.push(value) - 1 };
  };
  const steps = task.steps.map(([sql, args]): NonNullable<Call["steps"]>[number] => [sql, mapArgs(args, short)]);
  return [JSON.stringify({ ...task, steps, longs: longs.length } satisfies Call), ...longs];
}

/** Puts the strings together again: give it each as it comes, and take the task when it is complete. */
export class TaskReader {
  #call: Call | undefined;
  #longs: string[] = [];

  read(text: string): Task | undefined {
    if (this.#call === undefined) this.#call = JSON.parse(text) as Call;
    else this.#longs.push(text);
    if (this.#longs.length < this.#call.longs) return undefined;
    const task = complete(this.#call, this.#longs);
    this.#call = undefined;
    this.#longs = [];
    return task;
  }
}

function complete({ longs: _, ...call }: Call, longs: readonly string[]): Task {
  const whole = (value: Value | Placeholder): Value =>
    typeof value === "object" && value !== null && "long" in value ? longs[value.long]! : value;
  const steps = (call.steps ?? []).map(([sql, args]): Step => [sql, mapArgs(args, whole)]);
  if (call.open !== undefined) return { id: call.id, open: call.open };
  if (call.close) return { id: call.id, close: true };
  return { id: call.id, steps, mode: call.mode };
}

function mapArgs<From, To>(args: From[] | Record<string, From>, map: (value: From) => To): To[] | Record<string, To> {
  if (Array.isArray(args)) return args.map(map);
  const mapped: Record<string, To> = {};
  for (const name in args) mapped[name] = map(args[name]!);
  return mapped;
}

export function asFailure(error: unknown): NonNullable<Answer["failure"]> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof LibsqlError)) return { message, code: "UNKNOWN", extendedCode: undefined, rawCode: undefined };
  // The message of a LibsqlError begins with its code, which the next one adds again.
  return {
    message: message.replace(`${error.code}: `, ""),
    code: error.code,
    extendedCode: error.extendedCode,
    rawCode: error.rawCode,
  };
}

export function asError({ message, code, extendedCode, rawCode }: NonNullable<Answer["failure"]>): LibsqlError {
  return new LibsqlError(message, code, extendedCode, rawCode);
}
