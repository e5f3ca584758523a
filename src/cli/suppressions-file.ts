/** The suppression list out of a file, and into one: `suppressions import` and `suppressions export`, both as CSV. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import * as v from "valibot";
import { SuppressionsAdded } from "../api/schemas/answers-suppressions.ts";
import { fromCsv, toCsv } from "../api/suppressions-csv.ts";
import { type Given, UNREADABLE } from "../api/suppressions-intake.ts";
import { AppError, reason } from "../errors.ts";
import { eachSuppression } from "../tenancy/suppressions.ts";
import type { Call } from "./api-call.ts";
import { required } from "./ask.ts";
import { Failure, UsageError } from "./exit.ts";
import { print, warn } from "./output.ts";
import { startProgress } from "./progress.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { visible } from "./terminal.ts";

/** Lines of one call. */
const SLICE = 1_000;

export function addImport(suppressions: Command, { tenantId, withTenantApi }: TenantScope): void {
  suppressions
    .command("import [file]")
    .description("put the addresses of a CSV file on the list: a column address or email; - reads standard input")
    .action(async (given: string | undefined) => {
      const file = await required(given, "the file", "File with the list");
      const lines = linesOf(await contentOf(file));
      const progress = startProgress("import", lines.length);
      let [added, updated, rejected] = [0, 0, 0];
      await withTenantApi(async (call) => {
        for (let at = 0; at < lines.length; at += SLICE) {
          const done = await importSlice(call, tenantId, lines.slice(at, at + SLICE));
          added += done.added;
          updated += done.updated;
          rejected += done.rejected.length;
          if (done.rejected.length > 0) progress.end();
          for (const each of done.rejected) warn(each);
          progress.to(Math.min(at + SLICE, lines.length));
        }
      }).finally(() => progress.end());
      print(`added ${added}, updated ${updated}, rejected ${rejected}`);
      if (rejected > 0)
        throw new Failure(rejected === 1 ? "one line was not taken" : `${rejected} lines were not taken`);
    });
}

async function contentOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new Failure(`cannot read ${file}: ${reason(cause)}`, { cause });
  });
}

function linesOf(csv: string): Given[] {
  try {
    return [...fromCsv(csv).lines];
  } catch (error) {
    throw error instanceof AppError ? new UsageError(error.message.trim()) : error;
  }
}

/** Lines as one call: so it is checked, done and logged as over HTTP. */
async function importSlice(
  call: Call,
  tenantId: string,
  lines: readonly Given[],
): Promise<{ added: number; updated: number; rejected: string[] }> {
  const suppressions = lines.map(({ given }) => given ?? null);
  const answer = await call("POST", "/suppressions", { body: { tenant_id: tenantId, suppressions } });
  const { added, updated, rejected } = v.parse(SuppressionsAdded, answer);
  const told = rejected.map(({ index = 0, reason: why }) => {
    const { line, given } = lines[index] ?? {};
    return `line ${line}: ${given === undefined ? UNREADABLE : why}`;
  });
  return { added, updated, rejected: told };
}

export function addExport(suppressions: Command, { tenantId, withTenant }: TenantScope): void {
  suppressions
    .command("export [file]")
    .description("the whole list as CSV, into a file or to standard output")
    .option("--force", "also over a file that is there")
    .action(async (file: string | undefined, { force }: { force?: boolean }) => {
      await withTenant(async ({ db, ports }) => {
        const csv = toCsv(eachSuppression(db, { tenantId }, ports.now()));
        if (file === undefined || file === "-") return printEach(csv);
        const target = createWriteStream(file, { flags: force ? "w" : "wx" });
        await pipeline(csv, target).catch((cause: unknown) => {
          throw new Failure(`cannot write ${file}: ${reason(cause)}`, { cause });
        });
        print(`the list of tenant ${tenantId} is in ${file}`);
      });
    });
}

async function printEach(csv: AsyncIterable<string>): Promise<void> {
  for await (const page of csv)
    process.stdout.write(process.stdout.isTTY ? page.split("\r\n").map(visible).join("\r\n") : page);
}
