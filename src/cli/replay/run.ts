/**
 * Makes the calls of a command log's export again, in their order.
 *
 * 1. A line is read, and it is decided whether its call can be made again (decide.ts).
 * 2. It is made through the API in this process, and what became of it is told.
 * 3. A failure ends it, unless it shall go on; what was done already can be done once more.
 */
import { reason } from "../../errors.ts";
import type { Call } from "../api-call.ts";
import { type Decision, decide, type Secrets } from "./decide.ts";
import { type LoggedCall, readLine } from "./line.ts";

export interface ReplayOptions {
  secrets: Secrets;
  /** Tells what would be done, and does nothing. */
  dryRun: boolean;
  /** The first line that counts, from 1. */
  fromLine: number;
  continueOnError: boolean;
  /** Takes a sentence about a line. */
  tell(line: number, text: string, kind: "planned" | "skipped" | "failed"): void;
}

export interface Replayed {
  replayed: number;
  skipped: number;
  failed: number;
  /** The line at which it ended before the file did. */
  stoppedAt: number | undefined;
}

export async function replay(lines: AsyncIterable<string>, call: Call, options: ReplayOptions): Promise<Replayed> {
  const { secrets, dryRun, fromLine, continueOnError, tell } = options;
  const done: Replayed = { replayed: 0, skipped: 0, failed: 0, stoppedAt: undefined };
  let number = 0;
  for await (const text of lines) {
    number++;
    if (number < fromLine || text.trim() === "") continue;
    const logged = readLine(text);
    const decision: Decision | undefined = logged && decide(logged, secrets);
    const title = logged === undefined ? "" : `${logged.method} ${logged.path}`;
    if (decision !== undefined && "skipped" in decision) {
      done.skipped++;
      tell(number, `${title} is skipped: ${decision.skipped}`, "skipped");
      continue;
    }
    if (dryRun && decision !== undefined) {
      done.replayed++;
      tell(number, `${decision.method} ${decision.path}`, "planned");
      continue;
    }
    const fault =
      decision === undefined
        ? "it is no line of a command log's export"
        : await faultOf(decision, call, logged?.rejected ?? []);
    if (fault === undefined) {
      done.replayed++;
      continue;
    }
    done.failed++;
    tell(number, title === "" ? fault : `${title} failed: ${fault}`, "failed");
    if (!continueOnError) return { ...done, stoppedAt: number };
  }
  return done;
}

/** Refusals that say no more than that the call was made before. */
const DONE_BEFORE = ["already sent", "being sent"];

/** `before`: the messages that were not taken at the first time. */
async function faultOf(
  decision: Exclude<Decision, { skipped: string }>,
  call: Call,
  before: LoggedCall["rejected"],
): Promise<string | undefined> {
  const { method, path, body } = decision;
  try {
    const { rejected } = await call(method, path, body === undefined ? {} : { body });
    return Array.isArray(rejected) ? rejectionsIn(rejected, before) : undefined;
  } catch (error) {
    return reason(error);
  }
}

function rejectionsIn(rejected: readonly unknown[], before: LoggedCall["rejected"]): string | undefined {
  const told = rejected.flatMap((one) => {
    const { id, reason: why } = Object(one) as { id?: unknown; reason?: unknown };
    return DONE_BEFORE.includes(String(why)) || before.some((each) => each === id)
      ? []
      : [`${String(id)}: ${String(why)}`];
  });
  return told.length === 0 ? undefined : told.join("; ");
}
