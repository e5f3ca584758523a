import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { settle } from "../../src/queue/settle.ts";
import { suspend } from "../../src/queue/suspend.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { findAccount, listAccounts } from "../../src/tenancy/accounts.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { deleteAccount, deleteTenant } from "../../src/tenancy/removal.ts";
import { findTenant, upsertTenant } from "../../src/tenancy/tenants.ts";
import { createWebhook } from "../../src/tenancy/webhooks-save.ts";
import { testDatabase } from "../support/database.ts";
import { LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";

const vault = await openVault(generateKey());

async function tenantWithAccount(db: Database, tenantId = "acme"): Promise<number> {
  await upsertTenant(db, vault, { id: tenantId }, T0);
  const account = { id: "main", host: "smtp.example.com", password: "p", imap_password: "i" };
  return (await upsertAccount(db, vault, tenantId, account, T0)).key;
}

async function deliver(db: Database, accountKey: number): Promise<void> {
  const { claimed } = await claim(db, [{ accountKey, want: 10 }], T0, LEASE_MS);
  await settle(
    db,
    claimed.map((one) => sent(one)),
    T0,
    RETENTION_MS,
  );
}

const count = async (db: Database, table: string) =>
  (await rows<{ n: number }>(db, `select count(*) as n from ${table}`))[0]!.n;

test("a deleted account is gone with its secrets, its messages still name it, and its id can be used anew", async () => {
  const db = await testDatabase();
  const key = await tenantWithAccount(db);
  await enqueue(db, [newMessage(key, "1")], T0);
  await deliver(db, key);
  expect(await deleteAccount(db, "acme", "main", { force: false }, T0 + 1)).toBe(key);
  expect(await findAccount(db, "acme", "main")).toBeUndefined();
  expect(await listAccounts(db)).toEqual([]);
  const [row] = await rows(db, "select id, password, imap_password, deleted_at from accounts where key = ?", [key]);
  expect(row).toEqual({ id: "main", password: null, imap_password: null, deleted_at: T0 + 1 });
  expect(await tenantWithAccount(db)).not.toBe(key);
});

test.each(["ready", "scheduled", "held", "sending"])(
  "an account is not deleted while a message of it is %s, unless forced",
  async (state) => {
    const db = await testDatabase();
    const key = await tenantWithAccount(db);
    if (state === "held") await suspend(db, "acme", "*", T0);
    await enqueue(db, [newMessage(key, "1", state === "scheduled" ? { dueAt: T0 + 1_000 } : {})], T0);
    if (state === "sending") await claim(db, [{ accountKey: key, want: 1 }], T0, LEASE_MS);
    expect(await rows(db, "select state from messages")).toEqual([{ state }]);

    const deletion = deleteAccount(db, "acme", "main", { force: false }, T0);
    await expect(deletion).rejects.toMatchObject({ code: "conflict" });
    await expect(deleteTenant(db, "acme", { force: false })).rejects.toMatchObject({ code: "conflict" });
    expect(await findAccount(db, "acme", "main")).toMatchObject({ password: expect.any(String) });
    expect(await count(db, "messages")).toBe(1);
    expect(await deleteAccount(db, "acme", "main", { force: true }, T0)).toBe(key);
  },
);

test("messages of another account or tenant keep nobody", async () => {
  const db = await testDatabase();
  await tenantWithAccount(db);
  const other = await tenantWithAccount(db, "zeta");
  await enqueue(db, [newMessage(other, "1", { tenantId: "zeta" })], T0);
  await deleteAccount(db, "acme", "main", { force: false }, T0);
  await deleteTenant(db, "acme", { force: false });
  expect(await findTenant(db, "acme")).toBeUndefined();
});

test("a forced tenant goes with everything that belongs to it, and nothing of another's", async () => {
  const db = await testDatabase();
  for (const tenantId of ["acme", "zeta"]) {
    const key = await tenantWithAccount(db, tenantId);
    await enqueue(db, [newMessage(key, "1", { tenantId })], T0);
    await deliver(db, key);
    await enqueue(db, [newMessage(key, "2", { tenantId })], T0);
    await suspend(db, tenantId, "news", T0);
    await rows(db, "insert into syncs (tenant_id) values (?)", [tenantId]);
    const suppress = "insert into suppressions (tenant_id, address, source, created_at) values (?, 'a', 'bounce', 0)";
    await rows(db, suppress, [tenantId]);
    await createWebhook(db, vault, { tenantId, url: "https://a.example", events: null, publicOnly: false }, T0);
  }
  await rows(
    db,
    `insert into webhook_deliveries (id, webhook, type, payload, state, created_at)
     select 'msg_' || id, id, 'webhook.test', '{}', 'delivered', 0 from webhooks`,
  );
  await rows(
    db,
    "insert into webhook_attempts (delivery, number, at, duration_ms) select seq, 1, 0, 0 from webhook_deliveries",
  );
  await rows(db, "insert into notices (message, origin, token) select seq, 'bounce a', seq from messages");
  await rows(db, "insert into pec_waits (message, due_at) select seq, 0 from messages");
  const tables = [
    ...["tenants", "accounts", "messages", "payloads", "events", "grants", "suspensions", "syncs"],
    ...["suppressions", "notices", "pec_waits", "webhooks", "webhook_deliveries", "webhook_attempts"],
  ];
  const before = await Promise.all(tables.map((table) => count(db, table)));
  expect(before.every((n) => n >= 2 && n % 2 === 0)).toBe(true);
  const totals = await rows(db, "select * from counters order by tenant_id");

  await deleteTenant(db, "acme", { force: true });

  expect(await Promise.all(tables.map((table) => count(db, table)))).toEqual(before.map((n) => n / 2));
  expect(await rows(db, "select id from tenants")).toEqual([{ id: "zeta" }]);
  expect(await rows(db, "select distinct tenant_id from messages")).toEqual([{ tenant_id: "zeta" }]);
  expect(await rows(db, "select distinct tenant_id from events")).toEqual([{ tenant_id: "zeta" }]);
  expect(await rows(db, "select * from counters order by tenant_id")).toEqual(totals);
});

test("what is not there cannot be deleted", async () => {
  const db = await testDatabase();
  await tenantWithAccount(db);
  const force = { force: true };
  await expect(deleteAccount(db, "acme", "other", force, T0)).rejects.toMatchObject({ code: "not_found" });
  await expect(deleteAccount(db, "zeta", "main", force, T0)).rejects.toMatchObject({ code: "not_found" });
  await expect(deleteTenant(db, "zeta", force)).rejects.toMatchObject({ code: "not_found" });
});
