/** Whether the database can be worked on: there, whole, of a schema that fits, and nobody else's to read. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type Database, rows } from "../../db/database.ts";
import { migrations } from "../../db/migrations.ts";
import { reason } from "../../errors.ts";
import { shownDatabase } from "../../security/shown-database.ts";
import { about, failed, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import type { Machine } from "./patient.ts";
import { checkPrivacy } from "./privacy.ts";
import { RESTORE, type Store } from "./store.ts";
import { counted, sizeText } from "./words.ts";

/** Beyond this a database is too far away to be quick: each batch of messages takes some round trips. */
const SLOW_MS = 100;
/** So much of a file is looked through in a second, on a slow disk: what is larger than the time allows is left out. */
const BYTES_A_SECOND = 50 * 1024 * 1024;
/** Sixteen times what is let grow before its pages are moved into the file (runtimes/embedded.ts). */
const LARGE_LOG = 512 * 1024 * 1024;

export async function* checkDatabase(machine: Machine, store: Store): AsyncGenerator<Told> {
  const { settings, wishes } = machine;
  const shown = shownDatabase(settings.databaseUrl);
  if (store.kind === "closed") return yield about(shown, failed(store.fault, store.advice));
  if (store.kind === "missing") return yield about(shown, missing(machine));
  yield about(shown, judgeRoundTrip(store.roundTripMs, store.file !== undefined));
  yield about("schema", judgeSchema(store, migrating(machine)));
  if (store.file === undefined) return;
  yield about("synchronous", judgeSynchronous(settings.synchronous));
  yield* checkPrivacy([store.file, dirname(store.file)]);
  yield about("log beside the file", judgeLog(sizeOf(`${store.file}-wal`)));
  if (wishes.only.includes("database")) yield about("content", await content(store.db, store.file, wishes.timeoutMs));
}

function migrating({ instance, isServe }: Pick<Machine, "instance" | "isServe">): string {
  return isServe ? "mail-proxy migrate" : `mail-proxy migrate ${instance.name}`;
}

function missing(machine: Machine): Verdict {
  const { command, record } = machine;
  if (record === undefined) return warning("there is none yet", `the first start makes it, or: ${migrating(machine)}`);
  const advice = `stop the process at once, put the file back from a backup, and then: ${command} doctor`;
  return failed("the file is gone, though a process works on it", advice);
}

export function judgeRoundTrip(ms: number, isFile: boolean): Verdict {
  const text = `answers within ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (isFile || ms <= SLOW_MS) return ok(text);
  return warning(text, "run the proxy nearer to its database, or choose a region of it that is nearer");
}

/** Migrations that the database lacks. */
export function pendingOf(applied: readonly string[]): string[] {
  return migrations.map(({ name }) => name).filter((name) => !applied.includes(name));
}

/** Migrations only add, so what a newer program has added does not trouble this one. */
export function judgeSchema(
  { tables, applied }: { tables: readonly string[]; applied: readonly string[] },
  migrate: string,
): Verdict {
  const known = migrations.map(({ name }) => name);
  const pending = pendingOf(applied);
  const newer = applied.filter((name) => !known.includes(name));
  if (applied.length === 0) {
    const others = tables.filter((name) => !/^(sqlite_|libsql_|_litestream)/.test(name));
    if (others.length > 0)
      return failed("it is another program's database", "name one of its own with MAIL_PROXY_DATABASE_URL");
  }
  if (pending.length > 0) {
    const text = `${counted(pending.length, "migration")} not applied yet: ${pending.join(", ")}`;
    return warning(text, `the next start applies what is missing, or: ${migrate}`);
  }
  if (newer.length === 0) return ok(`up to date (${known.at(-1)})`);
  const text = `a newer version has added ${newer.join(", ")}, which this one can work with`;
  return warning(text, "bring this program up to the same version");
}

function judgeSynchronous(synchronous: string): Verdict {
  if (synchronous === "FULL") return ok("FULL: what was accepted survives a power cut");
  return ok("NORMAL: what was accepted survives a crash of the process; a power cut may take the last moments");
}

export function judgeLog(bytes: number): Verdict {
  const text = `${sizeText(bytes)} not yet moved into the file`;
  if (bytes < LARGE_LOG) return ok(text);
  return warning(text, "another program holds an old state of the file open: end it, then restart");
}

async function content(db: Database, file: string, timeoutMs: number): Promise<Verdict> {
  const bytes = sizeOf(file);
  const seconds = Math.ceil(bytes / BYTES_A_SECOND);
  if (seconds * 1000 > timeoutMs)
    return skipped(
      `${sizeText(bytes)} would take too long to look through`,
      `let it take longer: --timeout ${seconds}`,
    );
  try {
    const [first] = await rows<{ quick_check: string }>(db, "pragma quick_check(1)");
    if (first?.quick_check === "ok") return ok(`${sizeText(bytes)}, looked through and whole`);
    return failed(`it is damaged: ${first?.quick_check}`, RESTORE);
  } catch (error) {
    return failed(`it is damaged: ${reason(error)}`, RESTORE);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
