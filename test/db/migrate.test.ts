import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { migrate, pendingMigrations } from "../../src/db/migrate.ts";
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
  expect(await pendingMigrations(connections[0]!)).toEqual([]);
});

test("an embedded file is in WAL mode with the durability that was asked for", async () => {
  const db = await openTestDatabase(temporaryFolder());
  expect(await rows(db, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(await rows(db, "pragma synchronous")).toEqual([{ synchronous: 1 }]);
});
