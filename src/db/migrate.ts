/** Brings the schema up to date; processes that start together run each migration once. */
import type { Row } from "@libsql/client";
import type { Database } from "./database.ts";
import { batch, rows } from "./database.ts";
import { migrations } from "./migrations.ts";

const TABLE = "create table if not exists migrations (name text primary key, applied_at integer not null)";

/** SQL: what was applied; the table is missing where nothing was. */
export const APPLIED_MIGRATIONS = "select name from migrations";

/** Names of the migrations that a database still lacks, where `APPLIED_MIGRATIONS` found these; what a newer version added is nobody's concern. */
export function pendingMigrations(applied: readonly Row[]): string[] {
  const names = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !names.has(name)).map(({ name }) => name);
}

/**
 * Applies what is missing, each migration and its mark in one transaction; answers the names it applied. `told` hears of
 * each one that is over, whoever applied it.
 */
export async function migrate(
  db: Database,
  now: number,
  told: (done: number, total: number) => void = () => undefined,
): Promise<string[]> {
  const done: string[] = [];
  for (const [at, { name, sql }] of migrations.entries()) {
    told(at, migrations.length);
    if ((await appliedMigrations(db)).has(name)) continue;
    // The mark comes first: where another process was faster, it breaks the primary key and nothing of this batch happens.
    const mark = { sql: "insert into migrations (name, applied_at) values (?, ?)", args: [name, now] };
    try {
      await batch(db, [TABLE, mark, ...sql.split("--> statement-breakpoint")]);
      done.push(name);
    } catch (error) {
      if (!(await appliedMigrations(db)).has(name)) throw error;
    }
  }
  return done;
}

async function appliedMigrations(db: Database): Promise<Set<string>> {
  const [table] = await rows(db, "select 1 from sqlite_master where type = 'table' and name = 'migrations'");
  if (table === undefined) return new Set();
  return new Set((await rows<{ name: string }>(db, APPLIED_MIGRATIONS)).map(({ name }) => name));
}
