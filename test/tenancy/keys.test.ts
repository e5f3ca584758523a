import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { hashToken } from "../../src/security/tokens.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { createApiKey, revokeApiKey } from "../../src/tenancy/keys.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
const ADMIN = hashToken("admin-token");
const T0 = 1_800_000_000_000;

const ask = (db: Database, presented: string, now = T0) => new Directory(db).identify(ADMIN, presented, now);

async function acme(): Promise<Database> {
  const db = await testDatabase();
  await upsertTenant(db, vault, { id: "acme" }, T0);
  return db;
}

test("the admin token is the admin, a tenant's key is the tenant, anything else is nobody", async () => {
  const db = await acme();
  const key = await createApiKey(db, "acme", null, T0);
  expect(await ask(db, "admin-token")).toEqual({ kind: "admin" });
  expect(await ask(db, key)).toEqual({ kind: "tenant", tenantId: "acme" });
  for (const wrong of ["", "admin-toke", "admin-tokenx", key.slice(0, -1), `${key}x`, ADMIN, hashToken(key)]) {
    expect(await ask(db, wrong)).toBeUndefined();
  }
});

test("a tenant without a key is opened by nothing", async () => {
  const db = await acme();
  for (const presented of ["", "null", "undefined"]) expect(await ask(db, presented)).toBeUndefined();
});

test("only a key's hash is stored", async () => {
  const db = await acme();
  const key = await createApiKey(db, "acme", null, T0);
  expect(key).toMatch(/^mpk_[\w-]{43}$/);
  const stored = await rows(db, "select * from tenants");
  expect(JSON.stringify(stored)).not.toContain(key.slice(4));
  expect(stored[0]!.api_key_hash).toBe(hashToken(key));
});

test("a key opens until the moment it expires", async () => {
  const db = await acme();
  const key = await createApiKey(db, "acme", T0 + 1_000, T0);
  expect(await ask(db, key, T0 + 999)).toEqual({ kind: "tenant", tenantId: "acme" });
  expect(await ask(db, key, T0 + 1_000)).toBeUndefined();
});

test("a new key ends the old one, and a revoked one opens nothing", async () => {
  const db = await acme();
  const old = await createApiKey(db, "acme", null, T0);
  const key = await createApiKey(db, "acme", null, T0);
  expect(await ask(db, old)).toBeUndefined();
  await revokeApiKey(db, "acme", T0);
  expect(await ask(db, key)).toBeUndefined();
});

test("the key of an inactive tenant is forbidden, not unknown", async () => {
  const db = await acme();
  const key = await createApiKey(db, "acme", null, T0);
  await upsertTenant(db, vault, { id: "acme", active: false }, T0);
  await expect(ask(db, key)).rejects.toMatchObject({ code: "forbidden" });
});

test("keys belong to tenants that exist", async () => {
  const db = await acme();
  await expect(createApiKey(db, "zeta", null, T0)).rejects.toMatchObject({ code: "not_found" });
  await expect(revokeApiKey(db, "zeta", T0)).rejects.toMatchObject({ code: "not_found" });
});
