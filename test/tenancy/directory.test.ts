import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { deleteAccount } from "../../src/tenancy/removal.ts";
import type { Resolution } from "../../src/tenancy/resolve.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
const T0 = 1_800_000_000_000;

async function acme(folder?: string): Promise<{ db: Database; key: number }> {
  const db = await testDatabase(folder);
  await upsertTenant(db, vault, { id: "acme" }, T0);
  const says = { from_address: "shop@example.com", priority: 1, allowed_senders: ["@example.com"] };
  const account = { id: "main", host: "smtp.example.com", ...says };
  const { key } = await upsertAccount(db, vault, "acme", account, T0);
  return { db, key };
}

const addSecond = (db: Database) => upsertAccount(db, vault, "acme", { id: "news", host: "smtp.example.com" }, T0);
const names = (resolutions: Resolution[]) => resolutions.map((one) => ("account" in one ? one.account.id : "rejected"));

test("a batch is resolved in its order, with what enqueueing needs of each account", async () => {
  const { db, key } = await acme();
  const wanted = [{ accountId: "none" }, {}, { tenantId: "acme", accountId: "main" }];
  const host = "smtp.example.com";
  const says = { fromAddress: "shop@example.com", priority: 1, allowedSenders: ["@example.com"], tenantSenders: null };
  const main = { account: { key, tenantId: "acme", id: "main", host, ...says } };
  const expected = [{ rejected: "tenant acme has no account none" }, main, main];
  expect(await new Directory(db).resolve(wanted, T0)).toEqual(expected);
});

test("a deleted account is not known, nor is one of a tenant that has none", async () => {
  const { db } = await acme();
  await deleteAccount(db, "acme", "main", { force: false }, T0);
  expect(await new Directory(db).resolve([{}], T0)).toEqual([{ rejected: "tenant acme has no account" }]);
});

test("another process's change is known after a second, one's own at once", async () => {
  const folder = temporaryFolder();
  const { db } = await acme(folder);
  const directory = new Directory(db);
  const ask = async (now: number) => names(await directory.resolve([{ accountId: "news" }], now));
  expect(await ask(T0)).toEqual(["rejected"]);
  await addSecond(await openTestDatabase(folder));
  expect(await ask(T0 + 999)).toEqual(["rejected"]);
  expect(await ask(T0 + 1_000)).toEqual(["news"]);

  await deleteAccount(db, "acme", "news", { force: false }, T0);
  expect(await ask(T0 + 1_001)).toEqual(["news"]);
  directory.invalidate();
  expect(await ask(T0 + 1_001)).toEqual(["rejected"]);
});

test("a change that is told while the directory is being read is not lost", async () => {
  const { db } = await acme();
  const directory = new Directory(db);
  const early = directory.resolve([{ accountId: "news" }], T0);
  const added = addSecond(db);
  await added;
  directory.invalidate();
  await early;
  expect(names(await directory.resolve([{ accountId: "news" }], T0))).toEqual(["news"]);
});

test("a database that was away is asked again by the next request", async () => {
  const { db } = await acme();
  const directory = new Directory(db);
  await rows(db, "alter table accounts rename to hidden");
  await expect(directory.resolve([{}], T0)).rejects.toThrow();
  await rows(db, "alter table hidden rename to accounts");
  expect(names(await directory.resolve([{}], T0))).toEqual(["main"]);
});
