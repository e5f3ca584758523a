import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { findTenant, listTenants, type TenantPatch, updateTenant, upsertTenant } from "../../src/tenancy/tenants.ts";
import { tenantView } from "../../src/tenancy/views.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
const T0 = 1_800_000_000_000;

async function save(db: Database, patch: TenantPatch, now = T0): Promise<boolean> {
  return upsertTenant(db, vault, patch, now);
}

async function view(db: Database, id = "acme") {
  return tenantView((await findTenant(db, id))!, T0);
}

const FULL: TenantPatch = {
  id: "acme",
  name: "Acme",
  client_base_url: "https://app.example.com",
  client_sync_path: "/sync",
  client_attachment_path: "/files",
  client_auth: { method: "basic", user: "u", password: "pass-w0rd", token: "t0ken" },
  attachment_format: "json",
  rate_limits: { minute: 1, hour: 2, day: 3 },
  large_file_config: { enabled: true, storage_url: "s3://id:s3cret@bucket", max_size_mb: 5 },
  stores: { archive: "s3://id:s3cret@archive/2026?region=eu-west-1", old: "file:///srv/old" },
  allowed_senders: ["@example.com"],
  active: false,
  webhook_secret: "whsec_secret",
};

const DEFAULTS = {
  id: "acme",
  name: null,
  client_base_url: null,
  client_sync_path: "/mail-proxy/sync",
  client_attachment_path: "/mail-proxy/attachments",
  client_auth: null,
  attachment_format: "form",
  rate_limits: null,
  large_file_config: null,
  stores: null,
  allowed_senders: null,
  active: true,
  suspended_batches: [],
  has_webhook_secret: false,
  webhook_secret_previous_until_ts: null,
  has_api_key: false,
  api_key_expires_at: null,
  created_ts: T0 / 1000,
  updated_ts: T0 / 1000,
};

const FULL_VIEW = {
  ...DEFAULTS,
  name: "Acme",
  client_base_url: "https://app.example.com",
  client_sync_path: "/sync",
  client_attachment_path: "/files",
  client_auth: { method: "basic", user: "u", header: null, has_token: true, has_password: true },
  attachment_format: "json",
  rate_limits: { minute: 1, hour: 2, day: 3 },
  large_file_config: { enabled: true, storage_url: "s3://id:********@bucket", max_size_mb: 5 },
  stores: { archive: "s3://id:********@archive/2026?region=eu-west-1", old: "file:///srv/old" },
  allowed_senders: ["@example.com"],
  active: false,
  has_webhook_secret: true,
};

test("a new tenant has the defaults", async () => {
  const db = await testDatabase();
  expect(await save(db, { id: "acme" })).toBe(true);
  expect(await view(db)).toEqual(DEFAULTS);
});

test("a tenant is shown as it was given, but for its secrets, which no row holds in the clear", async () => {
  const db = await testDatabase();
  expect(await save(db, FULL)).toBe(true);
  expect(await view(db)).toEqual(FULL_VIEW);
  const [stored] = await rows<Record<string, string>>(db, "select client_auth, webhook_secret from tenants");
  expect(JSON.stringify(stored)).not.toMatch(/pass-w0rd|t0ken|whsec_secret/);
  expect(await vault.open(stored!.webhook_secret!)).toBe("whsec_secret");
  const auth = JSON.parse(stored!.client_auth!) as { token: string; password: string };
  expect(await vault.open(auth.token)).toBe("t0ken");
  expect(await vault.open(auth.password)).toBe("pass-w0rd");
});

test("absent fields keep their value, secrets included", async () => {
  const db = await testDatabase();
  await save(db, FULL);
  expect(await save(db, { id: "acme" }, T0 + 5_000)).toBe(false);
  expect(await view(db)).toEqual({ ...FULL_VIEW, updated_ts: T0 / 1000 + 5 });
});

test("null clears a field, secrets included, or takes it back to its default", async () => {
  const db = await testDatabase();
  await save(db, FULL);
  const nothing = Object.fromEntries(Object.keys(FULL).map((field) => [field, null]));
  await save(db, { ...nothing, id: "acme" });
  expect(await view(db)).toEqual(DEFAULTS);
});

test("a new tenant may be given nulls", async () => {
  const db = await testDatabase();
  await save(db, {
    id: "acme",
    name: null,
    active: null,
    attachment_format: null,
    client_auth: null,
    rate_limits: null,
  });
  expect(await view(db)).toEqual(DEFAULTS);
});

test("authentication, limits and large files are patched field by field", async () => {
  const db = await testDatabase();
  await save(db, FULL);
  await save(db, {
    id: "acme",
    client_auth: { method: "bearer", password: null },
    rate_limits: { hour: null, day: 30 },
    large_file_config: { max_size_mb: null, action: "reject" },
  });
  expect(await view(db)).toMatchObject({
    client_auth: { method: "bearer", user: "u", header: null, has_token: true, has_password: false },
    rate_limits: { minute: 1, hour: null, day: 30 },
    large_file_config: { enabled: true, storage_url: "s3://id:********@bucket", action: "reject" },
  });
  const auth = (await findTenant(db, "acme"))!.clientAuth!;
  expect(await vault.open(auth.token!)).toBe("t0ken");
});

test("authentication without a method is none", async () => {
  const db = await testDatabase();
  await save(db, { id: "new", client_auth: { token: "t" } });
  await save(db, FULL);
  await save(db, { id: "acme", client_auth: { method: null } });
  expect((await view(db, "new")).client_auth!.method).toBe("none");
  expect((await view(db)).client_auth!.method).toBe("none");
});

test("two processes that save different fields at once both get their way, and one of them creates", async () => {
  const folder = temporaryFolder();
  const [one, two] = [await testDatabase(folder), await openTestDatabase(folder)];
  const created = await Promise.all([
    save(one, { id: "acme", name: "Acme" }),
    save(two, { id: "acme", client_sync_path: "/s" }),
    save(one, { id: "acme", client_auth: { token: "t" } }),
    save(two, { id: "acme", client_auth: { password: "p" } }),
  ]);
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(await view(one)).toMatchObject({
    name: "Acme",
    client_sync_path: "/s",
    client_auth: { has_token: true, has_password: true },
  });
});

test("an update needs a tenant", async () => {
  const db = await testDatabase();
  await expect(updateTenant(db, vault, { id: "acme", name: "x" }, T0)).rejects.toMatchObject({ code: "not_found" });
  await save(db, { id: "acme" });
  await updateTenant(db, vault, { id: "acme", name: "x" }, T0);
  expect((await view(db)).name).toBe("x");
});

test("tenants are listed by id with what is suspended, and on demand only the active ones", async () => {
  const db = await testDatabase();
  await save(db, { id: "b", active: false });
  await save(db, { id: "a" });
  await rows(db, "insert into suspensions (tenant_id, batch_code, created_at) values ('b', 'y', 0), ('b', '*', 0)");
  const listed = await listTenants(db);
  expect(listed.map(({ id, suspendedBatches }) => [id, suspendedBatches])).toEqual([
    ["a", []],
    ["b", ["*", "y"]],
  ]);
  expect((await listTenants(db, true)).map(({ id }) => id)).toEqual(["a"]);
  expect(await findTenant(db, "c")).toBeUndefined();
});
