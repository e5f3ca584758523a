import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { findAccount, listAccounts, loadAccount } from "../../src/tenancy/accounts.ts";
import { type AccountPatch, updateAccount, upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { deleteTenant } from "../../src/tenancy/removal.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { accountUsage, NO_USAGE } from "../../src/tenancy/usage.ts";
import { accountView } from "../../src/tenancy/views.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
const T0 = 1_800_000_000_000;

async function acme(folder?: string): Promise<Database> {
  const db = await testDatabase(folder);
  await upsertTenant(db, vault, { id: "acme" }, T0);
  return db;
}

function save(db: Database, patch: Partial<AccountPatch>, now = T0) {
  return upsertAccount(db, vault, "acme", { id: "main", ...patch }, now);
}

async function view(db: Database, id = "main") {
  return accountView((await findAccount(db, "acme", id))!, NO_USAGE, T0);
}

const DEFAULTS = {
  id: "main",
  tenant_id: "acme",
  host: "smtp.example.com",
  port: 587,
  user: null,
  has_password: false,
  tls: "opportunistic",
  use_tls: null,
  tls_verify: null,
  ca: null,
  auth_method: "auto",
  ehlo_name: null,
  from_address: null,
  allowed_senders: null,
  priority: null,
  limit_per_minute: null,
  limit_per_hour: null,
  limit_per_day: null,
  limit_behavior: "defer",
  batch_size: null,
  max_connections: null,
  max_messages_per_connection: null,
  ttl: 300,
  ascii_attachments: false,
  suppress_send: false,
  retry_delays: null,
  is_pec_account: false,
  imap_host: null,
  imap_port: null,
  imap_user: null,
  has_imap_password: false,
  imap_folder: null,
  imap_ssl: null,
  imap_tls_verify: null,
  imap_ca: null,
  state: "ok",
  paused_by: null,
  paused_until: null,
  last_error: null,
  last_error_ts: null,
  sent_last_minute: 0,
  sent_last_hour: 0,
  sent_last_day: 0,
  ready_messages: 0,
  created_ts: T0 / 1000,
  updated_ts: T0 / 1000,
};

const PLAIN = {
  host: "mx.example.com",
  port: 2525,
  user: "u",
  tls: "starttls",
  tls_verify: false,
  ca: "PEM",
  auth_method: "cram-md5",
  ehlo_name: "me.example.com",
  from_address: "shop@example.com",
  priority: 1,
  limit_per_minute: 1,
  limit_per_hour: 2,
  limit_per_day: 3,
  limit_behavior: "reject",
  batch_size: 4,
  max_connections: 5,
  max_messages_per_connection: 6,
  ttl: 7,
  ascii_attachments: true,
  suppress_send: true,
  is_pec_account: true,
  imap_host: "imap.example.com",
  imap_port: 993,
  imap_user: "i",
  imap_folder: "INBOX",
  imap_ssl: true,
  imap_tls_verify: false,
  imap_ca: "PEM",
} as const;
const LISTS = { retry_delays: [1, 2], allowed_senders: ["shop@example.com", "@news.example.com"] };
const FULL = { ...PLAIN, ...LISTS, password: "pass-w0rd", imap_password: "imap-w0rd" };
const FULL_VIEW = { ...DEFAULTS, ...PLAIN, ...LISTS, use_tls: true, has_password: true, has_imap_password: true };

test("a new account has the defaults", async () => {
  const db = await acme();
  expect(await save(db, { host: "smtp.example.com" })).toEqual({ key: expect.any(Number), created: true });
  expect(await view(db)).toEqual(DEFAULTS);
});

test("an account is shown as it was given, but for its secrets, which no row holds in the clear", async () => {
  const db = await acme();
  const { key } = await save(db, FULL);
  expect(await view(db)).toEqual(FULL_VIEW);
  expect(JSON.stringify(await rows(db, "select * from accounts"))).not.toMatch(/pass-w0rd|imap-w0rd/);
  const settings = await loadAccount(db, vault, key);
  expect(settings).toMatchObject({ key, host: "mx.example.com", password: "pass-w0rd", retryDelays: [1, 2] });
  expect(settings).not.toHaveProperty("imapPassword");
});

test("absent fields keep their value, secrets included, also where the host is absent", async () => {
  const db = await acme();
  const { key } = await save(db, FULL);
  expect(await save(db, {}, T0 + 5_000)).toEqual({ key, created: false });
  expect(await save(db, { host: PLAIN.host }, T0 + 5_000)).toEqual({ key, created: false });
  expect(await view(db)).toEqual({ ...FULL_VIEW, updated_ts: T0 / 1000 + 5 });
  expect((await loadAccount(db, vault, key)).password).toBe("pass-w0rd");
});

test("null clears a field, secrets included, or takes it back to its default", async () => {
  const db = await acme();
  const { key } = await save(db, FULL);
  const nothing = Object.fromEntries(Object.keys(FULL).map((field) => [field, null]));
  await save(db, { ...nothing, host: "smtp.example.com" });
  expect(await view(db)).toEqual(DEFAULTS);
  expect((await loadAccount(db, vault, key)).password).toBeNull();
  await save(db, { ...nothing, id: "new", host: "smtp.example.com" });
  expect(await view(db, "new")).toEqual({ ...DEFAULTS, id: "new" });
});

test("two processes that save different fields at once both get their way, and one of them creates", async () => {
  const folder = temporaryFolder();
  const [one, two] = [await acme(folder), await openTestDatabase(folder)];
  const saved = await Promise.all([
    save(one, { host: "smtp.example.com", user: "u" }),
    save(two, { host: "smtp.example.com", password: "p" }),
    save(one, { host: "smtp.example.com", batch_size: 9 }),
  ]);
  expect(saved.filter(({ created }) => created)).toHaveLength(1);
  expect(await view(one)).toMatchObject({ user: "u", has_password: true, batch_size: 9 });
});

test("what cannot be saved is told: no tenant, no host, no account to update", async () => {
  const db = await testDatabase();
  const host = "smtp.example.com";
  await expect(save(db, { host })).rejects.toMatchObject({ code: "not_found", message: "there is no tenant acme" });
  await expect(save(db, {})).rejects.toMatchObject({ code: "not_found", message: "there is no tenant acme" });
  expect(await rows(db, "select * from accounts")).toEqual([]);
  await upsertTenant(db, vault, { id: "acme" }, T0);
  await expect(save(db, {})).rejects.toMatchObject({ code: "validation_failed", details: [{ path: "host" }] });
  await expect(updateAccount(db, vault, "acme", { id: "main", host }, T0)).rejects.toMatchObject({ code: "not_found" });
});

test("a patch moves no account to another tenant", async () => {
  const db = await acme();
  await upsertTenant(db, vault, { id: "zeta" }, T0);
  await save(db, { host: "smtp.example.com" });
  const input = { id: "main", tenant_id: "zeta", host: "mx.example.com" };
  await upsertAccount(db, vault, "acme", input, T0);
  await updateAccount(db, vault, "acme", input, T0);
  expect(await rows(db, "select tenant_id, host from accounts")).toEqual([
    { tenant_id: "acme", host: "mx.example.com" },
  ]);
});

test("saving a paused account ends its pause and makes a new revision", async () => {
  const db = await acme();
  const { key } = await save(db, { host: "smtp.example.com" });
  const pause = `update accounts set faults = 3, paused_until = ${T0 + 30_000}, last_error = 'refused', last_error_at = ${T0}`;
  const endings = [
    () => save(db, { host: "smtp.example.com" }),
    () => save(db, {}),
    () => updateAccount(db, vault, "acme", { id: "main", user: "u" }, T0),
  ];
  for (const end of endings) {
    await rows(db, pause);
    const before = (await findAccount(db, "acme", "main"))!;
    expect(accountView(before, NO_USAGE, T0)).toMatchObject({
      state: "paused",
      paused_until: T0 / 1000 + 30,
      last_error: "refused",
      last_error_ts: T0 / 1000,
    });
    await end();
    const after = (await findAccount(db, "acme", "main"))!;
    expect(after).toMatchObject({ key, faults: 0, pausedUntil: null });
    expect(after.updatedAt).toBeGreaterThan(before.updatedAt);
  }
});

test("a pause that is over shows as ok", async () => {
  const db = await acme();
  await save(db, { host: "smtp.example.com" });
  await rows(db, `update accounts set faults = 1, paused_until = ${T0}`);
  expect(await view(db)).toMatchObject({ state: "ok", paused_until: null });
});

test("usage counts exactly the last minute, hour and day of each account", async () => {
  const db = await acme();
  const { key } = await save(db, { host: "smtp.example.com" });
  const { key: other } = await save(db, { id: "other", host: "smtp.example.com" });
  const grants = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000].map((ago, i) => [T0 - ago, 10 ** i]);
  for (const [at, count] of grants) await rows(db, "insert into grants values (?, ?, ?)", [key, at!, count!]);
  const usage = await accountUsage(db, [key, other], T0);
  expect(usage).toEqual(
    new Map([
      [key, { minute: 11, hour: 1111, day: 111111, ready: 0 }],
      [other, NO_USAGE],
    ]),
  );
  const account = (await findAccount(db, "acme", "main"))!;
  expect(accountView(account, usage.get(key)!, T0)).toMatchObject({
    sent_last_minute: 11,
    sent_last_hour: 1111,
    sent_last_day: 111111,
  });
});

test("accounts are listed by tenant and id, or those of one tenant", async () => {
  const db = await acme();
  await upsertTenant(db, vault, { id: "zeta" }, T0);
  await upsertAccount(db, vault, "zeta", { id: "main", host: "smtp.example.com" }, T0);
  await save(db, { id: "b", host: "smtp.example.com" });
  await save(db, { id: "a", host: "smtp.example.com" });
  const names = async (tenantId?: string) => (await listAccounts(db, tenantId)).map((a) => `${a.tenantId}/${a.id}`);
  expect(await names()).toEqual(["acme/a", "acme/b", "zeta/main"]);
  expect(await names("acme")).toEqual(["acme/a", "acme/b"]);
});

test("an account that is gone or was sealed with another key cannot be loaded, and the error shows no secret", async () => {
  const db = await acme();
  const { key } = await save(db, { host: "smtp.example.com", password: "pass-w0rd" });
  const other = await openVault(generateKey());
  const error = await loadAccount(db, other, key).catch((thrown: unknown) => thrown);
  expect(String(error)).toBe("Error: a stored secret cannot be opened with this encryption key");
  await deleteTenant(db, "acme", { force: true });
  await expect(loadAccount(db, vault, key)).rejects.toMatchObject({ code: "not_found" });
});
