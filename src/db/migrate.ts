/** Brings the schema up to date; processes that start together run each migration once. */
import type { Database } from "./database.ts";
import { batch, rows } from "./database.ts";
import { migrations } from "./migrations.ts";

const TABLE = "create table if not exists migrations (name text primary key, applied_at integer not null)";

/** Names of the migrations that the database still lacks. */
export async function pendingMigrations(db: Database): Promise<string[]> {
  const applied = await appliedMigrations(db);
  return migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
}

/** Applies what is missing, each migration and its mark in one transaction; answers the names it applied. */
export async function migrate(db: Database, now: number): Promise<string[]> {
  const done: string[] = [];
  for (const { name, sql } of migrations) {
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
  return new Set((await rows<{ name: string }>(db, "select name from migrations")).map(({ name }) => name));
}
