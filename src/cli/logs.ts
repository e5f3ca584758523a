/** The command that shows what an instance in the background logs: `mail-proxy NAME logs`. */
import { statSync } from "node:fs";
import type { Command } from "commander";
import { CANCELLED_EXIT_CODE, Failure, UsageError } from "./exit.ts";
import { fileOf, type Instance } from "./home.ts";
import { follow, lastLines } from "./log-file.ts";
import { LEVELS, type Level, lineFilter, type Wanted } from "./log-lines.ts";
import { print, warn } from "./output.ts";
import { type RunRecord, running } from "./run-record.ts";
import { visible } from "./terminal.ts";

interface LogOptions {
  follow?: boolean;
  lines: string;
  level?: string;
  message?: string;
  tenant?: string;
  request?: string;
}

const EXAMPLES = `
Examples:
  mail-proxy shop logs -f --level warning      what somebody should look at, as it comes
  mail-proxy shop logs --message order-17      what happened to a message`;

export function addLogsCommand(program: Command, instance: Instance): void {
  program
    .command("logs")
    .description("what the instance logs when it runs in the background")
    .option("-f, --follow", "and what it logs from now on, until Ctrl-C")
    .option("--lines <number>", "so many of the last lines", "50")
    .option("--level <level>", `only this and what is worse: ${LEVELS.join(", ")}`)
    .option("--message <id>", "only what is about this message")
    .option("--tenant <id>", "only what is about this tenant")
    .option("--request <id>", "only what came of this call: its X-Request-Id")
    .addHelpText("after", EXAMPLES)
    .action(async (options: LogOptions) => {
      const count = countOf(options.lines);
      const { message, tenant, request } = options;
      const wanted: Wanted = { level: levelOf(options.level), message, tenant, request };
      const path = logOf(instance, running(instance));
      const { lines, end } = await lastLines(path, count, () => lineFilter(wanted));
      show(lines);
      if (options.follow) await showNew(path, end, wanted);
    });
}

async function showNew(path: string, from: number, wanted: Wanted): Promise<void> {
  process.once("SIGINT", () => process.exit(CANCELLED_EXIT_CODE));
  // Who reads may have seen enough, as `head` does.
  process.stdout.once("error", () => process.exit(0));
  const isWanted = lineFilter(wanted);
  for await (const lines of follow(path, from)) show(lines.filter(isWanted));
}

/** A server's words may hold what a terminal obeys. */
function show(lines: readonly string[]): void {
  for (const line of lines) print(process.stdout.isTTY ? visible(line) : line);
}

function countOf(given: string): number {
  if (!/^\d{1,9}$/.test(given)) throw new UsageError("--lines must be a whole number");
  return Number(given);
}

function levelOf(given: string | undefined): Level | undefined {
  const level = LEVELS.find((one) => one === given?.toLowerCase());
  if (given !== undefined && level === undefined) throw new UsageError(`--level must be one of ${LEVELS.join(", ")}`);
  return level;
}

/** Where the log is; one that runs in the foreground logs to where it was started. */
function logOf(instance: Instance, record: RunRecord | undefined): string {
  const path = fileOf(instance, "log");
  const log = statSync(path, { throwIfNoEntry: false });
  const foreground =
    record === undefined
      ? undefined
      : `${instance.name} runs in the foreground (process ${record.pid}), and logs to where it was started`;
  if (log === undefined) {
    throw new Failure(
      foreground ??
        `${instance.name} has no log yet: it keeps one while it runs in the background (start --background)`,
    );
  }
  // One in the background has written to it since it began, if only that it is ready.
  if (foreground !== undefined && record !== undefined && log.mtimeMs < Date.parse(record.started))
    warn(`${foreground}; this is the log of an earlier run`);
  return path;
}
