/** Which mailboxes are read, how they are reached, whose messages their mails may speak of, and what is told of them. */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { mailboxAddress } from "../../src/dispatch/mailbox-address.ts";
import { MOST_READERS } from "../../src/dispatch/mailboxes.ts";
import { openVault } from "../../src/security/vault.ts";
import type { AccountPatch } from "../../src/tenancy/accounts-save.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { updateInstance } from "../../src/tenancy/instance.ts";
import { type MailboxSettings, readMailboxes } from "../../src/tenancy/mailboxes.ts";
import { updateTenant, upsertTenant } from "../../src/tenancy/tenants.ts";
import { ENCRYPTION_KEY, startApp } from "../support/app.ts";
import { testDatabase } from "../support/database.ts";
import { plan, watch } from "../support/statements.ts";
import { MemoryMailbox, processOf, T0, type World, world } from "./mailbox-memory.ts";

const PEC = {
  ...{ host: "smtp.example.com", is_pec_account: true },
  ...{ imap_host: "imap.example.com", imap_user: "pec", imap_password: "theirs" },
};

/** The instance's mailbox is off; a tenant has this account. */
async function withAccount(patch: Partial<AccountPatch> = {}): Promise<World> {
  const here = await world();
  await updateInstance(here.db, here.vault, { bounce_enabled: false }, T0);
  await upsertTenant(here.db, here.vault, { id: "acme" }, T0);
  await upsertAccount(here.db, here.vault, "acme", { id: "pec", ...PEC, ...patch }, T0);
  return here;
}

test("a PEC account's mailbox is read for its own tenant, the instance's for anybody", async () => {
  const here = await withAccount();
  await updateInstance(here.db, here.vault, { bounce_enabled: true }, T0);
  const tenants: (string | null)[] = [];
  here.mailbox.add("receipt");
  const mailboxes = processOf(here, {}, async (_, tenantId) => void tenants.push(tenantId));
  await mailboxes.runNow();
  expect(tenants.sort()).toEqual([null, "acme"].sort());
  expect(await mailboxes.states()).toMatchObject([
    { id: "instance", tenantId: null, accountId: null },
    { id: "account:1", tenantId: "acme", accountId: "pec" },
  ]);
});

test.each<[string, Partial<AccountPatch>]>([
  ["is no PEC account", { is_pec_account: false }],
  ["has no IMAP host", { imap_host: null }],
])("an account that %s has no mailbox", async (_, patch) => {
  const { db, vault } = await withAccount(patch);
  expect(await readMailboxes(db, vault)).toEqual([]);
});

test("the mailbox of a tenant that is not active is not read", async () => {
  const here = await withAccount();
  await updateTenant(here.db, here.vault, { id: "acme", active: false }, T0);
  expect(await readMailboxes(here.db, here.vault)).toEqual([]);
});

test("the log names a mailbox by its tenant and account, as whoever mends it knows it", async () => {
  const lines: unknown[] = [];
  const sinks = { lines: (record: LogRecord) => lines.push(record.message.join("")) };
  await configure({
    ...{ reset: true, sinks },
    loggers: [
      { category: ["mail-proxy", "bounces"], sinks: ["lines"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  onTestFinished(reset);
  const here = await withAccount();
  here.mailbox.fault = "the login was refused";
  await processOf(here).runNow();
  expect(lines).toEqual(["mailbox acme pec cannot be read, trying again in 5 s: the login was refused"]);
});

test("a mailbox without a password is told so", async () => {
  const here = await withAccount({ imap_password: null });
  const mailboxes = processOf(here);
  await mailboxes.runNow();
  expect(await mailboxes.states()).toMatchObject([
    { state: "failing", lastError: "it has no password that can be read" },
  ]);
  expect(here.mailbox.attempts).toEqual([]);
});

test("ports and TLS follow from each other where one of them is not named", async () => {
  const how = async (patch: Partial<AccountPatch>) => {
    const { db, vault } = await withAccount(patch);
    const [settings] = await readMailboxes(db, vault);
    const { port, tls } = mailboxAddress(settings as MailboxSettings);
    return [port, tls];
  };
  expect(await how({})).toEqual([993, "implicit"]);
  expect(await how({ imap_ssl: false })).toEqual([143, "starttls"]);
  expect(await how({ imap_port: 143 })).toEqual([143, "starttls"]);
  expect(await how({ imap_port: 10_993 })).toEqual([10_993, "implicit"]);
  // Only within the operator's own network may a password go without TLS.
  expect(await how({ imap_ssl: false, imap_host: "127.0.0.1" })).toEqual([143, "opportunistic"]);
});

test("a host that a tenant's key has named is reached at public addresses only, whoever named the SMTP host", async () => {
  const { db, call } = await startApp({ ALLOW_PRIVATE_HOSTS: "false" });
  await call("POST", "/tenant", { id: "acme" });
  const key = String((await call("POST", "/tenant/acme/api-key")).body.api_key);
  const save = async (fields: object, token?: string) => {
    const saved = await call("POST", "/account", { id: "pec", tenant_id: "acme", ...fields }, token);
    expect(saved.status).toBe(200);
  };
  const isConfined = async () => {
    const [settings] = await readMailboxes(db, await openVault(ENCRYPTION_KEY));
    return mailboxAddress(settings as MailboxSettings).publicOnly;
  };
  await save(PEC);
  expect(await isConfined()).toBe(false);
  await save({ imap_host: "imap.elsewhere.example", imap_password: "a new one" }, key);
  expect(await isConfined()).toBe(true);
  await save({ limit_per_minute: 5 });
  expect(await isConfined()).toBe(true);
  await save({ imap_host: "imap.internal.example", imap_password: "another" });
  expect(await isConfined()).toBe(false);
});

test("more mailboxes than are read at once take turns, and none is left out", async () => {
  const here = await withAccount({ is_pec_account: false });
  const account = (n: number): AccountPatch => ({ id: `pec-${n}`, ...PEC, imap_user: `user-${n}` });
  const more = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) await upsertAccount(here.db, here.vault, "acme", account(n), T0);
  };
  const read = async () =>
    (await rows<{ n: number }>(here.db, "select count(*) as n from mailboxes where last_read_at is not null"))[0]!.n;
  await more(0, MOST_READERS);
  const mailboxes = processOf(here, { TEST_MODE: "false", POLL_INTERVAL: "0.1" });
  mailboxes.start();
  await expect.poll(read, { timeout: 15_000 }).toBe(MOST_READERS);
  await expect.poll(() => here.mailbox.connections).toBe(MOST_READERS); // they stay, as long as there is room

  await more(MOST_READERS, MOST_READERS + 30);
  here.mailbox.greetingMs = 50; // so that those of one turn are open together
  await mailboxes.reload();
  await expect.poll(read, { timeout: 15_000 }).toBe(MOST_READERS + 30);
  await expect.poll(() => here.mailbox.connections).toBe(0);
  expect(here.mailbox.mostConnections).toBe(MOST_READERS);
});

test("which accounts have a mailbox is found by an index, however many accounts there are", async () => {
  const { db, statements } = watch(await testDatabase());
  await readMailboxes(db, await openVault(ENCRYPTION_KEY));
  const steps = await Promise.all(statements.map((statement) => plan(db, statement)));
  expect(steps.flat().filter((step) => step.includes("accounts"))).toEqual([
    expect.stringContaining("USING INDEX accounts_mailboxes"),
  ]);
});

test("through the API: settings are read at once, the state is told, reload-bounce reads anew", async () => {
  const mailbox = new MemoryMailbox();
  const { call } = await startApp({ POLL_INTERVAL: "0.1" }, undefined, { openMailbox: mailbox.open });
  const mailboxes = async () => (await call("GET", "/status")).body.mailboxes;
  expect(await mailboxes()).toEqual([]);
  mailbox.fault = "the login was refused";
  const settings = { bounce_imap_host: "imap.example.com", bounce_imap_user: "b", bounce_imap_password: "a secret" };
  await call("PUT", "/instance", { bounce_enabled: true, ...settings });
  await expect
    .poll(mailboxes)
    .toMatchObject([
      { id: "instance", tenant_id: null, account_id: null, state: "failing", last_error: "the login was refused" },
    ]);
  const [{ retry_ts, last_error_ts }] = (await mailboxes()) as { retry_ts: number; last_error_ts: number }[] as [
    { retry_ts: number; last_error_ts: number },
  ];
  expect(retry_ts - last_error_ts).toBe(5);
  mailbox.fault = undefined;
  expect(await call("POST", "/instance/reload-bounce")).toMatchObject({
    status: 200,
    body: { ok: true, mailboxes: 1 },
  });
  await expect.poll(mailboxes).toMatchObject([{ state: "waiting", retry_ts: null, last_read_ts: expect.any(Number) }]);

  await call("POST", "/tenant", { id: "acme" });
  await call("POST", "/account", { id: "pec", tenant_id: "acme", ...PEC });
  await expect.poll(mailboxes).toMatchObject([{ state: "waiting" }, { account_id: "pec", state: "waiting" }]);
  await call("DELETE", "/account/pec?tenant_id=acme");
  await expect.poll(() => mailbox.connections).toBe(1);
  await call("PUT", "/instance", { bounce_enabled: false });
  await expect.poll(() => mailbox.connections).toBe(0);
  expect(await mailboxes()).toEqual([]);
});

test("a process that does not send reads no mailbox", async () => {
  const mailbox = new MemoryMailbox();
  const { call } = await startApp({ SCHEDULER_ACTIVE: "false" }, undefined, { openMailbox: mailbox.open });
  const settings = { bounce_imap_host: "imap.example.com", bounce_imap_user: "b", bounce_imap_password: "a secret" };
  await call("PUT", "/instance", { bounce_enabled: true, ...settings });
  expect(await call("POST", "/instance/reload-bounce")).toMatchObject({ status: 200, body: { mailboxes: 1 } });
  expect((await call("GET", "/status")).body.mailboxes).toMatchObject([{ state: "unread" }]);
  expect(mailbox.attempts).toEqual([]);
});
