/** Migrations only add, so that an older version goes on where a newer one has migrated: law, schema, triggers. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { migrations } from "../../src/db/migrations.ts";
import { countLive } from "../../src/queue/backlog.ts";
import { claim } from "../../src/queue/claim.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { T0 } from "../support/queue.ts";
import { faults } from "./upgrade-law.ts";
import { applyMigration, deleteAccount, enqueue, migrateToPast, saveAccount, saveTenant } from "./upgrade-past.ts";

/** The last one that no older version out there has to live with. */
const LAST_FREE = "0002_backlog";
const NEXT = readFileSync(new URL("next/0999_next.sql", import.meta.url), "utf8");

test.each(migrations.filter(({ name }) => name > LAST_FREE))("migration $name only adds", ({ sql }) => {
  expect(faults(sql)).toEqual([]);
});

test("a migration as it may come, with columns, a table, indexes and a trigger, only adds", () => {
  expect(faults(NEXT)).toEqual([]);
});

test.each([
  ["drop table `recipients`", /"drop table recipients \.\.\." does not add/],
  ["UPDATE `messages` SET `state` = 'ready'", /"update messages set state \.\.\." does not add/],
  ["delete from events", /does not add/],
  ["alter table messages rename column id to name", /does not add/],
  ["alter table messages drop column size", /does not add/],
  ["alter table messages rename to letters", /does not add/],
  ["drop index messages_ready", /does not add/],
  ["pragma writable_schema = 1", /does not add/],
  ["insert or replace into instance values ('a', 'b', 1)", /does not add/],
  ["create view v as select 1", /does not add/],
  ["insert into instance select 'a', 'b', 1 on conflict do update set value = 'b'", /insert that updates/],
  ["ALTER TABLE `messages` ADD `thread` text NOT NULL", /not null and has no default/],
  ["alter table messages add column thread text not null default null", /not null and has no default/],
  ["alter table messages add thread text default 'x' check (thread <> 'y')", /constraint/],
  ["create unique index u on messages (batch_code)", /unique index on messages, which was there before/],
  ["create trigger t after insert on messages begin select raise(abort, 'no'); end", /breaks an older version's/],
  ["create trigger t before insert on messages begin delete from events; end", /may refuse or replace/],
])("%s is refused in a migration", (statement, why) => {
  expect(faults(`create table fine (id integer);--> statement-breakpoint\n${statement};`)).toEqual([
    expect.stringMatching(why),
  ]);
});

async function revision(db: Database): Promise<number> {
  const [row] = await rows<{ revision: number }>(db, "select revision from directory");
  return row!.revision;
}

const acme = { tenantId: "acme", id: "default", port: 25 };

const CHANGES: [string, (db: Database) => Promise<unknown>][] = [
  ["adds a tenant", (db) => saveTenant(db, "other", null, T0)],
  ["adds an account", (db) => saveAccount(db, { ...acme, id: "other" }, T0)],
  ["gives an account another server", (db) => rows(db, "update accounts set host = 'smtp2.example.com'")],
  ["deletes an account", (db) => deleteAccount(db, "acme", "default", T0)],
  ["makes a tenant inactive", (db) => rows(db, "update tenants set active = 0 where id = 'acme'")],
  ["gives a tenant a key", (db) => rows(db, "update tenants set api_key_hash = 'h' where id = 'acme'")],
  ["deletes a tenant", (db) => rows(db, "delete from tenants where id = 'acme'")],
  [
    "stores a default priority",
    (db) => rows(db, "insert into instance (key, value, updated_at) values ('setting.default_priority', '1', 1)"),
  ],
];

test.each(CHANGES)("a version that knows no directory counts its revision when it %s", async (_, change) => {
  const db = await openTestDatabase(temporaryFolder());
  await migrateToPast(db);
  await saveTenant(db, "acme", null, T0);
  await saveAccount(db, acme, T0);
  await migrate(db, T0);
  const before = await revision(db);
  await change(db);
  expect(await revision(db)).toBeGreaterThan(before);
});

test("what was taken in before a migration and after it, by the version of before, is claimed and counted alike", async () => {
  const db = await openTestDatabase(temporaryFolder());
  await migrateToPast(db);
  await saveTenant(db, "acme", null, T0);
  const accountKey = await saveAccount(db, acme, T0);
  await enqueue(db, { tenantId: "acme", accountKey }, ["before"], T0);
  await migrate(db, T0);
  await enqueue(db, { tenantId: "acme", accountKey }, ["between"], T0);
  await applyMigration(db, "0999_next", NEXT);
  await enqueue(db, { tenantId: "acme", accountKey }, ["after"], T0);
  expect(await countLive(db)).toMatchObject({ ready: 3 });
  const { claimed } = await claim(db, [{ accountKey, want: 10 }], T0, 1_000);
  expect(claimed.map(({ id, content }) => [id, content.text])).toEqual(
    ["before", "between", "after"].map((id) => [id, `Hello ${id}`]),
  );
});

test("a version that finds migrations which it does not know starts all the same, and applies none", async () => {
  const db = await testDatabase();
  await applyMigration(db, "0999_next", NEXT);
  expect(await migrate(db, T0)).toEqual([]);
});
