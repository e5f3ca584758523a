/** Which process runs an instance: a file that one process takes, that names it, and that outlives it only by a crash. */
import { rmSync } from "node:fs";
import * as v from "valibot";
import { Failure } from "./exit.ts";
import { createText, fileOf, type Instance, readText, writeText } from "./home.ts";
import { processBirth } from "./process-birth.ts";

const RunRecord = v.object({
  pid: v.number(),
  birth: v.string(),
  version: v.string(),
  /** ISO 8601. */
  started: v.string(),
  /** Absent until it listens. */
  host: v.optional(v.string()),
  port: v.optional(v.number()),
  url: v.optional(v.string()),
  /** Absent where it takes no mail by SMTP. */
  smtpPort: v.optional(v.number()),
  smtpsPort: v.optional(v.number()),
});

/** As the file holds it: what is no such text (a disk was full, somebody edited it) names no process. */
const Stored = v.pipe(v.string(), v.parseJson(), RunRecord);

export type RunRecord = v.InferOutput<typeof RunRecord>;

/** The process that runs the instance now; undefined also when the file is damaged, or was left behind by one that is gone. */
export function running(instance: Instance): RunRecord | undefined {
  const { success, output } = v.safeParse(Stored, readText(fileOf(instance, "run.json")));
  return success && output.pid !== process.pid && processBirth(output.pid) === output.birth ? output : undefined;
}

/** Makes this process the one that runs the instance; throws a Failure where another one does. */
export function takeInstance(instance: Instance, version: string, now: number): RunRecord {
  const birth = processBirth(process.pid);
  if (birth === undefined) throw new Failure("this process cannot be found among the running ones");
  const record = { pid: process.pid, birth, version, started: new Date(now).toISOString() };
  const path = fileOf(instance, "run.json");
  while (!createText(path, JSON.stringify(record))) {
    refuseIfRunning(instance);
    rmSync(path, { force: true });
  }
  return record;
}

export function refuseIfRunning(instance: Instance): void {
  const other = running(instance);
  if (other === undefined) return;
  const where = other.url === undefined ? "" : ` at ${other.url}`;
  throw new Failure(`${instance.name} is running already${where} (process ${other.pid})`);
}

/** Tells where the instance listens. */
export function publishAddress(
  instance: Instance,
  record: RunRecord,
  at: { host: string; port: number; url: string; smtpPort?: number | undefined; smtpsPort?: number | undefined },
): void {
  writeText(fileOf(instance, "run.json"), JSON.stringify({ ...record, ...at }));
}

export function releaseInstance(instance: Instance): void {
  rmSync(fileOf(instance, "run.json"), { force: true });
}
