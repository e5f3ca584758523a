import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { APPLIED_MIGRATIONS, migrate, pendingMigrations } from "../../src/db/migrate.ts";
import { migrations } from "../../src/db/migrations.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";

test("every migration in drizzle's journal is embedded, in its order", () => {
  const journal = JSON.parse(readFileSync("drizzle/meta/_journal.json", "utf8"));
  expect(migrations.map(({ name }) => name)).toEqual(journal.entries.map(({ tag }: { tag: string }) => tag));
});

test("processes that start together migrate once", async () => {
  const folder = temporaryFolder();
  const connections = await Promise.all(Array.from({ length: 4 }, () => openTestDatabase(folder)));
  const applied = await Promise.all(connections.map((db) => migrate(db, 1)));
  expect(applied.flat()).toEqual(migrations.map(({ name }) => name));
  expect(pendingMigrations(await rows(connections[0]!, APPLIED_MIGRATIONS))).toEqual([]);
});

test("recipients and events of the first schema are kept, in the form of the present one", async () => {
  const db = await openTestDatabase(temporaryFolder());
  const [init] = migrations;
  await db.client.batch(init!.sql.split("--> statement-breakpoint"));
  await rows(db, "create table migrations (name text primary key, applied_at integer not null)");
  await rows(db, "insert into migrations values (:name, 1)", { name: init!.name });
  const old = `
    insert into messages (seq, pk, tenant_id, id, priority, state, wake_at, expires_at, size, created_at) values
      (1, 'p1', 't', 'one', 2, 'sent', 9, 9, 1, 1), (2, 'p2', 't', 'two', 2, 'ready', 9, 9, 1, 1);
    insert into recipients values (1, 1, 'bcc', 'b@x.example', 'error', 550, '5.1.1', 'no such user'),
      (1, 0, 'to', 'a@x.example', 'sent', 250, null, 'ok'), (2, 0, 'cc', 'c@x.example', 'pending', null, null, null);
    insert into events (tenant_id, message, type, at, data) values ('t', 1, 'sent', 5, '{"attempt":1,"recipients":[
      {"address":"b@x.example","status":"error","code":550,"enhanced_code":"5.1.1","text":"no such user"}]}'),
      ('t', 2, 'deferred', 5, '{"deferred_reason":"rate_limit"}');`;
  await db.client.batch(old.split(";\n"));

  await migrate(db, 2);

  const stored = [
    ["to", "a@x.example", "sent", 250, null, "ok"],
    ["bcc", "b@x.example", "error", 550, "5.1.1", "no such user"],
  ];
  const [one, two] = await rows<{ recipients: string }>(db, "select recipients from messages order by seq");
  expect(JSON.parse(one!.recipients)).toEqual(stored);
  expect(JSON.parse(two!.recipients)).toEqual([["cc", "c@x.example"]]);
  const [told, other] = await rows<{ data: string }>(db, "select data from events order by id");
  expect(JSON.parse(told!.data)).toEqual({ attempt: 1, recipients: [stored[1]] });
  expect(JSON.parse(other!.data)).toEqual({ deferred_reason: "rate_limit" });
});

test("an embedded file is in WAL mode with the durability that was asked for", async () => {
  const db = await openTestDatabase(temporaryFolder());
  expect(await rows(db, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(await rows(db, "pragma synchronous")).toEqual([{ synchronous: 1 }]);
});
