/** The command that makes the calls of a command log again: `mail-proxy NAME replay FILE`. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { reason } from "../../errors.ts";
import { withApi } from "../api-call.ts";
import { required } from "../ask.ts";
import { Failure, UsageError } from "../exit.ts";
import { type Instance, readObject } from "../home.ts";
import { print, warn } from "../output.ts";
import { type Progress, startProgress } from "../progress.ts";
import { wake } from "../wake.ts";
import type { Secrets } from "./decide.ts";
import { type Replayed, replay } from "./run.ts";

interface Options {
  dryRun?: boolean;
  fromLine: string;
  continueOnError?: boolean;
  secrets?: string;
}

export function addReplayCommand(program: Command, instance: Instance): void {
  program
    .command("replay [file]")
    .description("make the calls of a command log's export again, in their order; - reads standard input")
    .option("--dry-run", "tell what would be done, and do nothing")
    .option("--from-line <number>", "leave out the lines before", "1")
    .option("--continue-on-error", "go on behind a call that fails")
    .option(
      "--secrets <file>",
      'what the log has masked, as JSON: {"main.password": "..."} for the body whose id is main, {"password": "..."} for any',
    )
    .action(async (given: string | undefined, options: Options) => {
      const file = await required(given, "the file", "File with the export");
      const fromLine = lineNumber(options.fromLine);
      const secrets = secretsIn(options.secrets);
      const source = await open(file);
      const done = await withApi(instance, (call) =>
        replay(source.lines, call, {
          secrets,
          dryRun: options.dryRun === true,
          fromLine,
          continueOnError: options.continueOnError === true,
          tell(line, text, kind) {
            source.progress.end();
            if (kind === "planned") print(`line ${line}: ${text}`);
            else warn(`line ${line}: ${text}`);
          },
        }),
      ).finally(() => source.progress.end());
      if (!options.dryRun && done.replayed > 0) await wake(instance);
      print(summary(done, options.dryRun === true));
      if (done.failed > 0) throw new Failure(whatNow(done));
    });
}

interface Source {
  lines: AsyncGenerator<string>;
  progress: Progress;
}

async function open(file: string): Promise<Source> {
  if (file === "-") {
    const progress = startProgress("replay");
    return { progress, lines: linesOf(process.stdin, (line) => progress.to(line)) };
  }
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new Failure(`cannot read ${file}: ${reason(cause)}`, { cause });
  });
  const stream = createReadStream(file);
  const progress = startProgress("replay", size);
  return { progress, lines: linesOf(stream, () => progress.to(stream.bytesRead)) };
}

async function* linesOf(stream: NodeJS.ReadableStream, onLine: (number: number) => void): AsyncGenerator<string> {
  let number = 0;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    onLine(++number);
    yield line;
  }
}

function lineNumber(given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new UsageError("--from-line must be a whole number from 1");
  return Number(given);
}

function secretsIn(path: string | undefined): Secrets {
  if (path === undefined) return new Map();
  const secrets = readObject(path);
  if (secrets === undefined) throw new UsageError(`--secrets: there is no file ${path}`);
  return new Map(Object.entries(secrets));
}

function summary({ replayed, skipped, failed }: Replayed, dryRun: boolean): string {
  return `${dryRun ? "would replay" : "replayed"} ${replayed}, skipped ${skipped}, failed ${failed}`;
}

function whatNow({ stoppedAt, failed }: Replayed): string {
  if (stoppedAt === undefined) return failed === 1 ? "one call failed" : `${failed} calls failed`;
  return `stopped at line ${stoppedAt}; go on with --from-line ${stoppedAt}, or behind it with --continue-on-error`;
}
