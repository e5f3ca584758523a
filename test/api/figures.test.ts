/** What the API says of figures over time, of what waits, and of what needs somebody. */
import { expect, test } from "vitest";
import { attentionOf, LATE_MS } from "../../src/api/attention.ts";
import { batch, json, rows } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { settle } from "../../src/queue/settle.ts";
import { LEASE_MS, RETENTION_MS, sent } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";
import { addTenant, apiWithTenant, message, T0, type TestApi } from "./support.ts";

type Fields = Record<string, unknown>;
const attention = async (api: TestApi, token?: string) =>
  (await api.get("/overview", token)).body.attention as Fields[];

async function accountKey(api: TestApi, tenantId = "acme"): Promise<number> {
  const [row] = await rows<{ key: number }>(api.service.db, "select key from accounts where tenant_id = :tenantId", {
    tenantId,
  });
  return row!.key;
}

/** One message of the tenant goes out, `waitMs` after it came. */
async function send(api: TestApi, tenantId: string, id: string, waitMs: number): Promise<void> {
  const { db } = api.service;
  await api.add([message(id, { tenant_id: tenantId })]);
  const wanted = [{ accountKey: await accountKey(api, tenantId), want: 10 }];
  const { claimed } = await claim(db, wanted, api.now, LEASE_MS);
  await settle(
    db,
    claimed.map((one) => sent(one, { waitMs })),
    api.now,
    RETENTION_MS,
  );
}

test("figures are the last hour by minute: of all for the admin, and its own for a tenant's key", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  await send(api, "acme", "a", 100);
  await send(api, "globex", "b", 100);
  await send(api, "globex", "c", 100);
  const all = (await api.get("/figures")).body;
  const minute = Math.floor(T0 / 60_000) * 60;
  expect(all).toMatchObject({ since_ts: minute - 59 * 60, until_ts: minute + 60, step_seconds: 60 });
  expect((all.points as Fields[]).at(-1)).toMatchObject({ ts: minute, sent: 3, failed: 0 });
  expect(all.points).toHaveLength(60);
  expect(all.totals).toMatchObject({ sent: 3, bounced: 0, p50_seconds: 0.096, p99_seconds: expect.any(Number) });
  for (const path of ["/figures", "/figures?tenant_id=acme", "/figures?account_id=default"])
    expect((await api.get(path, key)).body.totals).toMatchObject({ sent: 1 });
  expect((await api.get("/figures?tenant_id=globex&account_id=default")).body.totals).toMatchObject({ sent: 2 });
  expect((await api.get("/figures?tenant_id=globex", key)).status).toBe(403);
});

test("an account is one of a tenant, and a tenant that is not there has no figures", async () => {
  const { api } = await apiWithTenant();
  await addTenant(api, "globex");
  expect((await api.get("/figures?account_id=default")).status).toBe(422);
  expect((await api.get("/figures?tenant_id=nobody")).status).toBe(404);
  expect((await api.get("/overview?tenant_id=nobody")).status).toBe(404);
  expect((await api.get("/figures?step=0")).status).toBe(422);
});

test("where all is well nothing needs anybody, and nothing waits", async () => {
  const { api, key } = await apiWithTenant();
  const nothing = {
    ok: true,
    pending: { scheduled: 0, ready: 0, held: 0, sending: 0 },
    queue: [
      { state: "scheduled", priority: null },
      ...[0, 1, 2, 3].map((priority) => ({ state: "ready", priority })),
      { state: "held", priority: null },
      { state: "sending", priority: null },
    ].map((row) => ({ ...row, count: 0, count_is_at_least: false })),
    oldest: null,
    attention: [],
  };
  expect((await api.get("/overview")).body).toEqual(nothing);
  expect((await api.get("/overview", key)).body).toEqual(nothing);
});

test("the queue is told by state and priority, and who waits longest, of what the caller may see", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  await api.add([message("old", { tenant_id: "globex", priority: 3 })]);
  api.now += 1_000;
  await api.add([
    message("own", { tenant_id: "acme", priority: 0 }),
    message("later", { tenant_id: "acme", deferred_ts: T0 / 1000 + 60 }),
  ]);
  api.now += 2_000;
  const all = (await api.get("/overview")).body;
  expect(all.oldest).toMatchObject({
    id: "old",
    tenant_id: "globex",
    account_id: "default",
    created_ts: T0 / 1000,
    waiting_seconds: 3,
  });
  expect((all.queue as Fields[]).filter(({ count }) => count !== 0)).toMatchObject([
    { state: "scheduled", count: 1 },
    { state: "ready", priority: 0, count: 1 },
    { state: "ready", priority: 3, count: 1 },
  ]);
  const own = (await api.get("/overview", key)).body;
  expect(own).toMatchObject({ pending: { scheduled: 1, ready: 1 }, oldest: { id: "own", waiting_seconds: 2 } });
});

test("what was to go later waits since then, not since it came", async () => {
  const { api } = await apiWithTenant();
  await api.add([message("later", { deferred_ts: T0 / 1000 + 3_600 })]);
  await rows(api.service.db, "update messages set state = 'ready'");
  api.now += 3_605_000;
  expect((await api.get("/overview")).body.oldest).toMatchObject({ waiting_seconds: 5 });
  expect((await api.get("/metrics")).text).toContain("\nmail_proxy_queue_age_seconds 5\n");
});

test("a priority that is counted to its bound takes what is left of all; two of them are at least so many", async () => {
  const { api } = await apiWithTenant();
  const { db } = api.service;
  const fill = async (priority: number, count: number) => {
    const accountKey = await rows<{ key: number }>(db, "select key from accounts");
    const list = json([...Array(count).keys()].map((n) => `${priority}-${n}`));
    await batch(db, [
      {
        sql: `insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, size, created_at)
          select value, 'acme', value, :key, :priority, 'ready', 9e15, 9e15, 1, 1 from json_each(:list)`,
        args: { key: accountKey[0]!.key, priority, list },
      },
      {
        sql: "insert into backlog values ('acme', 'active', :count) on conflict do update set count = count + :count",
        args: { count },
      },
    ]);
  };
  const ready = async () =>
    ((await api.get("/overview")).body.queue as Fields[])
      .filter(({ state, count }) => state === "ready" && count !== 0)
      .map(({ priority, count, count_is_at_least }) => [priority, count, count_is_at_least]);
  await fill(1, 5);
  await fill(2, 12_000);
  expect(await ready()).toEqual([
    [1, 5, false],
    [2, 12_000, false],
  ]);
  await fill(3, 10_001);
  expect(await ready()).toEqual([
    [1, 5, false],
    [2, 10_000, true],
    [3, 10_000, true],
  ]);
});

test("an account that pauses, by a fault or by hand, or is tried again, is told with its reason and what mends it", async () => {
  const { api, key } = await apiWithTenant();
  const { db } = api.service;
  await api.add([message("a")]);
  const set = (fields: string) => rows(db, `update accounts set ${fields}`);
  await set(`faults = 3, paused_until = ${T0 + 240_000}, last_error = '535 5.7.8 no', last_error_at = ${T0 - 5_000}`);
  const paused = {
    ...{ kind: "account_paused", tenant_id: "acme", account_id: "default", webhook_id: null, batch_code: null },
    ...{ since_ts: T0 / 1000 - 5, waiting: 1, action: "test" },
    reason:
      "The account pauses after 3 faults of its own: 535 5.7.8 no. It is tried again by itself in 4 minutes; until then its mail waits, and none of it is lost.",
  };
  expect(await attention(api)).toEqual([paused]);
  expect(await attention(api, key)).toEqual([paused]);
  await set(`paused_until = ${T0}`);
  expect(await attention(api)).toMatchObject([{ kind: "account_failing", action: "test" }]);
  await set(`faults = 0, paused_until = ${T0 + 1}`);
  await api.post("/account/default/pause");
  expect(await attention(api)).toMatchObject([{ kind: "account_paused", action: "resume", since_ts: null }]);
  await set("paused_until = null");
  expect(await attention(api)).toEqual([]);
});

test("mail of a tenant that is not active, and of a batch that is suspended, waits for somebody", async () => {
  const { api } = await apiWithTenant();
  await api.add([message("a", { batch_code: "news" }), message("b", { batch_code: "bills" })]);
  for (const batch of ["news", "bills", "empty"]) {
    await api.post(`/commands/suspend?batch_code=${batch}`);
    api.now += 1;
  }
  const suspended = (await attention(api)).filter(({ kind }) => kind === "batch_suspended");
  expect(suspended.map(({ batch_code, waiting, action }) => [batch_code, waiting, action])).toEqual([
    ["news", 1, "activate"],
    ["bills", 1, "activate"],
  ]);
  await api.post("/commands/activate?batch_code=news");
  await api.call("PUT", "/tenant/acme", { json: { active: false } });
  expect(await attention(api)).toMatchObject([
    { kind: "tenant_inactive", waiting: 2, action: "edit" },
    { kind: "batch_suspended", batch_code: "bills" },
  ]);
});

test("an endpoint for reports that fails, and reports that wait though it does not", async () => {
  const { api } = await apiWithTenant();
  const { db } = api.service;
  await api.call("PUT", "/tenant/acme", { json: { client_base_url: "https://shop.example" } });
  await api.add([message("a"), { id: "bad" }]);
  expect(await attention(api)).toEqual([]);
  api.now += LATE_MS;
  await rows(db, "delete from messages where state = 'ready'");
  expect(await attention(api)).toMatchObject([
    { kind: "reports_waiting", waiting: 1, since_ts: T0 / 1000, action: "run_now" },
  ]);
  const failing = { retry: api.now + 90_000, ok: T0 };
  await rows(
    db,
    "insert into syncs (tenant_id, failures, retry_at, last_ok_at, last_error) values ('acme', 2, :retry, :ok, 'HTTP 500')",
    failing,
  );
  const [found] = await attention(api);
  expect(found).toMatchObject({ kind: "tenant_endpoint_failing", since_ts: T0 / 1000, waiting: 1 });
  expect(found!.reason).toContain("has failed 2 times in a row: HTTP 500. It is called again by itself in 1 minute");
});

test("a webhook that takes nothing, and one that was disabled for it; not one that somebody disabled", async () => {
  const { api } = await apiWithTenant();
  const { db } = api.service;
  const { body } = await api.post("/webhooks?tenant_id=acme", { endpoint: "https://shop.example/hook" });
  const webhook = (body.webhook ?? body) as Fields;
  await rows(db, `update webhooks set failing_since = ${T0 - 7_200_000}, failures = 4`);
  const [failing] = await attention(api);
  expect(failing).toMatchObject({ kind: "webhook_failing", webhook_id: webhook.id, action: "test" });
  expect(failing!.reason).toContain("nothing for 2 hours, in 4 calls");
  await rows(db, `update webhooks set status = 'disabled', disabled_reason = 'HTTP 410', disabled_at = ${T0}`);
  expect(await attention(api)).toMatchObject([{ kind: "webhook_disabled", since_ts: T0 / 1000, action: "enable" }]);
  await rows(db, "update webhooks set disabled_reason = null");
  expect(await attention(api)).toEqual([]);
});

test("a mailbox that cannot be read; a tenant's key hears of its own alone", async () => {
  const { api, key } = await apiWithTenant();
  const failing = {
    state: "failing" as const,
    lastReadAt: null,
    lastError: "login refused",
    lastErrorAt: T0,
    retryAt: T0 + 30_000,
  };
  api.mailboxes = [
    { id: "instance", tenantId: null, accountId: null, ...failing },
    { id: "account:1", tenantId: "acme", accountId: "default", ...failing },
    { id: "account:2", tenantId: "acme", accountId: "other", ...failing, state: "waiting" },
  ];
  expect(await attention(api)).toMatchObject([
    { kind: "mailbox_failing", tenant_id: null, action: "retry" },
    { kind: "mailbox_failing", account_id: "default", action: "edit" },
  ]);
  const own = await attention(api, key);
  expect(own.map(({ account_id }) => account_id)).toEqual(["default"]);
  expect(own[0]!.reason).toContain("login refused. It is tried again by itself in 30 seconds.");
});

test("a line that stands still is told of after five minutes: for no reason, or with whose limit it stands behind", async () => {
  const { api } = await apiWithTenant();
  const { db } = api.service;
  await api.add([message("a"), message("b")]);
  api.now += LATE_MS;
  expect(await attention(api)).toEqual([]);
  api.now += 1;
  expect(await attention(api)).toMatchObject([
    { kind: "waiting_long", tenant_id: "acme", account_id: "default", since_ts: T0 / 1000, action: "run_now" },
  ]);
  await rows(db, "update accounts set limit_per_hour = 1");
  await rows(db, "insert into grants select key, :at, 1 from accounts", { at: api.now - 3_000_000 });
  const [limited, ...others] = await attention(api);
  expect(others).toEqual([]);
  expect(limited).toMatchObject({ kind: "limit_reached", account_id: "default", since_ts: T0 / 1000, action: "edit" });
  expect(limited!.reason).toContain(
    "has waited for 5 minutes. Mail goes on by itself as the limit allows, the next one in 10 minutes",
  );
  await rows(db, "update accounts set limit_per_hour = null");
  await rows(db, "update tenants set limit_per_day = 1");
  expect(await attention(api)).toMatchObject([{ kind: "limit_reached", tenant_id: "acme", account_id: null }]);
  await rows(db, "update accounts set faults = 0, paused_until = :until", { until: api.now + 1 });
  expect((await attention(api)).map(({ kind }) => kind)).toEqual(["account_paused"]);
});

test("what is due is told of where nobody is there to see to it", async () => {
  const { api, key } = await apiWithTenant();
  const other = await addTenant(api, "globex");
  await api.add([message("a", { tenant_id: "acme", deferred_ts: T0 / 1000 + 60 })]);
  api.active = false;
  api.now += 120_000;
  expect(await attention(api)).toEqual([]);
  api.now += 1;
  const nobody = { kind: "no_worker", since_ts: T0 / 1000 + 60, action: null };
  expect(await attention(api)).toMatchObject([nobody]);
  expect(await attention(api, key)).toMatchObject([nobody]);
  expect(await attention(api, other)).toEqual([]);
  api.active = true;
  expect(await attention(api)).toEqual([]);
});

test("so is what a process had under way that died", async () => {
  const { api } = await apiWithTenant();
  await api.add([message("a")]);
  await claim(api.service.db, [{ accountKey: await accountKey(api), want: 1 }], api.now, LEASE_MS);
  api.active = false;
  api.now += LEASE_MS + 60_000;
  expect(await attention(api)).toEqual([]);
  api.now += 1;
  expect(await attention(api)).toMatchObject([{ kind: "no_worker", since_ts: (T0 + LEASE_MS) / 1000 }]);
});

test("that nobody sends is said once, and not while another process does", () => {
  const head = {
    pk: "1",
    id: "a",
    tenantId: "acme",
    accountId: "default",
    createdAt: T0,
    since: T0,
    mayGo: true,
    limit: null,
  };
  const troubled = { accounts: [], tenants: [], suspensions: [], reports: [], webhooks: [] };
  const found = (sends: boolean, isSending: boolean, now: number) =>
    attentionOf(
      { queue: { heads: [head, head], isSending, overdueSince: null }, troubled, mailboxes: [], sends },
      now,
    ).map(({ kind, action }) => [kind, action]);
  expect(found(false, false, T0 + 60_000)).toEqual([]);
  expect(found(false, false, T0 + 60_001)).toEqual([["no_worker", null]]);
  expect(found(false, true, T0 + 60_001)).toEqual([]);
  expect(found(false, true, T0 + LATE_MS + 1)).toEqual([["waiting_long", null]]);
  expect(found(true, false, T0 + LATE_MS + 1)).toEqual([["waiting_long", "run_now"]]);
});

test("the overview is one round trip, and no statement of it scans what grows with the queue", async () => {
  const { api, key } = await apiWithTenant();
  const watched = watch(api.service.db);
  Object.assign(api.service.db, { client: watched.db.client });
  for (const token of [undefined, key]) {
    watched.roundTrips = 0;
    watched.statements.length = 0;
    await api.get("/overview", token);
    const own = watched.statements.filter(({ sql }) => !sql.includes("api_key_hash"));
    expect(own.length).toBeGreaterThan(8);
    const sending = own.find(({ sql }) => sql.includes("isSending"));
    expect((await plan(watched.db, sending!)).join("\n")).toMatch(/SCAN m USING INDEX messages_sending/);
    for (const statement of own)
      for (const step of await plan(watched.db, statement))
        expect(step, statement.sql).not.toMatch(
          /SCAN (messages|m|r|payloads|events|e|webhook_deliveries|d|rollups|grants|g)($| (?!USING (COVERING )?INDEX messages_sending))/,
        );
  }
});
