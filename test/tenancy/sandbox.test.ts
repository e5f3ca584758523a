import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { listAccounts } from "../../src/tenancy/accounts.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { deleteAccount } from "../../src/tenancy/removal.ts";
import { ensureSandbox } from "../../src/tenancy/sandbox.ts";
import { listTenants, upsertTenant } from "../../src/tenancy/tenants.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
const T0 = 1_800_000_000_000;

test("processes that start together make one sandbox, which messages that name nothing go to", async () => {
  const folder = temporaryFolder();
  const one = await testDatabase(folder);
  const all = [one, await openTestDatabase(folder), await openTestDatabase(folder)];
  await Promise.all(all.map((db) => ensureSandbox(db, T0)));
  await ensureSandbox(one, T0 + 1);
  expect(await rows(one, "select id, active from tenants")).toEqual([{ id: "default", active: 1 }]);
  expect(await rows(one, "select tenant_id, id, host, tls, created_at from accounts")).toEqual([
    { tenant_id: "default", id: "default", host: "sandbox", tls: "none", created_at: T0 },
  ]);
  expect(await new Directory(one).resolve([{}], T0)).toMatchObject([{ account: { host: "sandbox" } }]);
});

test("beside tenants of somebody's own no sandbox appears", async () => {
  const db = await testDatabase();
  await upsertTenant(db, vault, { id: "acme" }, T0);
  await ensureSandbox(db, T0);
  expect((await listTenants(db)).map(({ id }) => id)).toEqual(["acme"]);
  expect(await listAccounts(db)).toEqual([]);
});

test("the accounts that `default` has or had are its owner's matter", async () => {
  const db = await testDatabase();
  await upsertTenant(db, vault, { id: "default" }, T0);
  await upsertAccount(db, vault, "default", { id: "main", host: "smtp.example.com" }, T0);
  await ensureSandbox(db, T0);
  expect((await listAccounts(db)).map(({ id }) => id)).toEqual(["main"]);
  await deleteAccount(db, "default", "main", { force: false }, T0);
  await ensureSandbox(db, T0);
  expect(await listAccounts(db)).toEqual([]);
});
