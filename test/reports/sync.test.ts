import { expect, test } from "vitest";
import { batch, rows } from "../../src/db/database.ts";
import { claim } from "../../src/reports/claim.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addEvents, addTenant, endpoint, reporter, syncRow, tickAt, unreported, vault } from "./support.ts";

const NOW = 1_800_000_000_000;
const idsOf = (reports: { event_id: string }[]) => reports.map(({ event_id }) => event_id);

test("events are told oldest first, once, and marked", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const later = await addEvents(db, "t", 2, { at: 2_000, prefix: "later" });
  const sooner = await addEvents(db, "t", 2, { at: 1_000, prefix: "sooner" });
  await tickAt(db, NOW);
  await tickAt(db, NOW + 1_000);
  expect(app.calls).toHaveLength(1);
  expect(app.eventIds()).toEqual([...later, ...sooner]);
  expect(app.calls[0]!.reports[0]).toMatchObject({ tenant_id: "t", id: "later0", account_id: "main", sent_ts: 2 });
  expect(await rows(db, "select distinct report_at, reported_at from events")).toEqual([
    { report_at: null, reported_at: NOW },
  ]);
});

test("more than 500 events travel in calls of at most 500, the oldest in the first", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 700, { at: 2_000, prefix: "new" });
  const oldest = await addEvents(db, "t", 500, { at: 1_000, prefix: "old" });
  expect(await tickAt(db, NOW)).toBe(1); // one chain of calls, without a look between them
  expect(app.calls.map(({ reports }) => reports.length)).toEqual([500, 500, 200]);
  expect(idsOf(app.calls[0]!.reports)).toEqual(oldest);
  expect(new Set(app.eventIds()).size).toBe(1_200);
});

test("an event that is not to be told yet waits", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 1, { at: NOW + 5_000 });
  await tickAt(db, NOW);
  await tickAt(db, NOW + 4_999);
  expect(app.eventIds()).toEqual([]);
  await tickAt(db, NOW + 5_000);
  expect(app.eventIds()).toHaveLength(1);
});

test("a tenant is called without events too, at once and then after each interval", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  for (const at of [0, 299_999, 300_000, 599_999, 600_000]) await tickAt(db, NOW + at);
  expect(app.calls.map(({ reports }) => reports)).toEqual([[], [], []]);
});

test("a tenant without a sync URL, or an inactive one, is not called and keeps its events", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "nowhere", { url: null });
  await addTenant(db, "off", { url: app.url });
  await rows(db, "update tenants set active = 0 where id = 'off'");
  await addEvents(db, "nowhere", 1);
  await addEvents(db, "off", 1);
  expect(await tickAt(db, NOW)).toBe(0);
  expect(app.calls).toEqual([]);
  expect(await unreported(db)).toBe(2);
});

test("refused events come again, each after its own wait, and delay no other", async () => {
  const db = await testDatabase();
  const app = await endpoint(({ reports }) => ({
    body: { error: reports.map(({ id }) => id).filter((id) => id === "bad0") },
  }));
  await addTenant(db, "t", { url: app.url });
  const [bad] = await addEvents(db, "t", 1, { prefix: "bad" });
  const good = await addEvents(db, "t", 2, { prefix: "good" });
  await tickAt(db, NOW);
  expect(await unreported(db)).toBe(1);
  const late = await addEvents(db, "t", 1, { prefix: "late" });
  for (const at of [1_000, 5_000, 14_999, 15_000]) await tickAt(db, NOW + at);
  expect(app.calls.map(({ reports }) => idsOf(reports))).toEqual([[bad, ...good], late, [bad], [bad]]);
  expect(await rows(db, "select report_tries, report_at from events where id = ?", [bad!])).toEqual([
    { report_tries: 3, report_at: NOW + 15_000 + 20_000 },
  ]);
});

test("ids that the application does not know are acknowledged all the same", async () => {
  const db = await testDatabase();
  const app = await endpoint(({ reports }) => ({ body: { not_found: reports.map(({ id }) => id) } }));
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 2);
  const one = reporter(db, { now: () => NOW });
  await one.tick({ tenants: 1, until: NOW + 1 });
  expect(await unreported(db)).toBe(0);
  expect(one.seen).toMatchObject([{ kind: "answered", events: [{}, {}], notFound: 2, refused: [] }]);
});

test("an application with more to hand over is called again at once, until it has none", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => ({ body: { queued: 40 - n } }));
  await addTenant(db, "t", { url: app.url });
  await tickAt(db, NOW);
  expect(app.calls).toHaveLength(40);
  await tickAt(db, NOW + 1_000);
  expect(app.calls).toHaveLength(40);
});

test("next_sync_after puts idle calls off, not events, and holds until the application says otherwise", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => ({
    body: n === 1 ? { next_sync_after: NOW / 1000 + 3_600.5 } : { queued: n === 2 ? 1 : 0 },
  }));
  await addTenant(db, "t", { url: app.url });
  await tickAt(db, NOW);
  await tickAt(db, NOW + 400_000);
  expect(app.calls).toHaveLength(1);
  await addEvents(db, "t", 1);
  await tickAt(db, NOW + 500_000); // told, and called again for what is queued
  expect(app.calls).toHaveLength(3);
  await tickAt(db, NOW + 3_600_499);
  expect(app.calls).toHaveLength(3);
  await tickAt(db, NOW + 3_600_500);
  expect(app.calls).toHaveLength(4);
});

test("a failing endpoint rests 5 s, then 10 s, keeps everything, and starts afresh once it answers", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => ({ status: n <= 2 ? 500 : 200 }));
  await addTenant(db, "t", { url: app.url });
  const ids = await addEvents(db, "t", 2);
  for (const at of [0, 4_999, 5_000, 14_999]) await tickAt(db, NOW + at);
  expect(app.calls).toHaveLength(2);
  expect(await syncRow(db, "t")).toMatchObject({ failures: 2, last_error: "HTTP 500", last_ok_at: null });
  await tickAt(db, NOW + 15_000);
  expect(app.eventIds()).toEqual([...ids, ...ids, ...ids]);
  expect(await syncRow(db, "t")).toMatchObject({
    failures: 0,
    retry_at: 0,
    last_error: null,
    last_ok_at: NOW + 15_000,
  });
});

test("Retry-After is honoured", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => (n === 1 ? { status: 429, headers: { "retry-after": "120" } } : {}));
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 1);
  for (const at of [0, 119_999, 120_000]) await tickAt(db, NOW + at);
  expect(app.calls).toHaveLength(2);
  expect(await unreported(db)).toBe(0);
});

test("a batch that failed is told as it was, under the same id, before anything newer", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => ({ status: n === 1 ? 500 : 200 }));
  const webhookSecret = await vault.seal(`whsec_${btoa("a key of twenty-four bytes")}`);
  await addTenant(db, "t", { url: app.url, webhookSecret });
  const first = await addEvents(db, "t", 2);
  await tickAt(db, NOW);
  const second = await addEvents(db, "t", 1, { prefix: "newer" });
  await tickAt(db, NOW + 5_000);
  expect(app.calls.map(({ reports }) => idsOf(reports))).toEqual([first, first, second]);
  expect(app.calls[1]!.body).toBe(app.calls[0]!.body);
  const [one, two, three] = app.calls.map(({ headers }) => headers["webhook-id"]);
  expect(two).toBe(one);
  expect(three).not.toBe(one);
});

test("a process that dies between the answer and the mark: the same events come again under the same ids", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const dying = await openTestDatabase(folder);
  const app = await endpoint((_call, n) => {
    if (n === 1) dying.client.close();
    return {};
  });
  const webhookSecret = await vault.seal(`whsec_${btoa("a key of twenty-four bytes")}`);
  await addTenant(db, "t", { url: app.url, webhookSecret });
  const ids = await addEvents(db, "t", 3);
  const first = reporter(dying, { now: () => NOW });
  await first.tick({ tenants: 1, until: NOW + 1 });
  expect(first.seen).toMatchObject([{ kind: "fault", tenant: "t" }]);
  expect(await unreported(db)).toBe(3);

  await tickAt(db, NOW + 5_000); // the dead process still holds its lease
  expect(app.calls).toHaveLength(1);
  await tickAt(db, NOW + 10_000);
  expect(app.calls.map(({ reports }) => idsOf(reports))).toEqual([ids, ids]);
  expect(app.calls[1]!.headers["webhook-id"]).toBe(app.calls[0]!.headers["webhook-id"]);
  expect(await unreported(db)).toBe(0);
});

test("a mark that the database refuses at first is made again, and nothing is told twice", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const told = await addEvents(db, "t", 1, {});
  const { batch: run } = db.client;
  let refusals = 2;
  db.client.batch = (statements, mode) => {
    if (app.calls.length === 0 || mode !== "write" || refusals === 0) return run.call(db.client, statements, mode);
    refusals -= 1;
    return Promise.reject(new Error("busy"));
  };
  await tickAt(db, NOW);
  expect(refusals).toBe(0);
  await tickAt(db, NOW + 20_000);
  expect(app.eventIds()).toEqual(told);
  expect(await unreported(db)).toBe(0);
});

test("of two processes that see a tenant due at the same moment, one gets the turn", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  const [event] = await addEvents(db, "t", 1);
  const other = await openTestDatabase(folder);
  const turns = await Promise.all([claim(db, "t", NOW), claim(other, "t", NOW)]);
  const [first, ...none] = turns.filter((turn) => turn !== undefined);
  expect(none).toEqual([]);
  expect(first!.eventIds.map(String)).toEqual([event]);
  expect(await claim(other, "t", NOW + 9_999)).toBeUndefined();
  expect(await claim(other, "t", NOW + 10_000)).toMatchObject({ batchId: first!.batchId, eventIds: first!.eventIds });
});

test("a process that lost its lease settles nothing", async () => {
  const db = await testDatabase();
  const app = await endpoint(async (_call, n, response) => {
    // While the first call is under way its lease runs out, and another process is refused by the endpoint.
    if (n === 1) await tickAt(db, NOW + 10_000);
    response.writeHead(n === 1 ? 200 : 503).end();
    return null;
  });
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 1);
  const slow = reporter(db, { now: () => NOW });
  await slow.tick({ tenants: 1, until: NOW + 1 });
  expect(slow.seen).toEqual([{ kind: "superseded", tenant: "t" }]);
  expect(app.calls).toHaveLength(2);
  expect(await unreported(db)).toBe(1);
  expect(await syncRow(db, "t")).toMatchObject({ failures: 1, last_ok_at: null, retry_at: NOW + 15_000 });
});

test("an event whose message is gone is skipped and not looked at again", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const [, kept] = await addEvents(db, "t", 2);
  await batch(db, ["delete from messages where id = 'm0'"]);
  await tickAt(db, NOW);
  expect(app.eventIds()).toEqual([kept]);
  expect(await unreported(db)).toBe(0);
});

test("a stop aborts a hanging call and leaves its batch to the next process, without a rest", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) => (n === 1 ? null : {}));
  await addTenant(db, "t", { url: app.url });
  const ids = await addEvents(db, "t", 1);
  const one = reporter(db, { now: () => NOW });
  const ticking = one.tick({ tenants: 1, until: NOW + 1 });
  await app.called(1);
  await one.stop(0);
  await ticking;
  expect(await syncRow(db, "t")).toMatchObject({ failures: 0, token: null, lease_until: null });
  await tickAt(db, NOW);
  expect(app.eventIds()).toEqual([...ids, ...ids]);
});

test("a call that takes its time keeps its turn beyond its timeout", async () => {
  const db = await testDatabase();
  const app = await endpoint(() => null);
  await addTenant(db, "t", { url: app.url });
  const startedAt = Date.now();
  const one = reporter(db);
  const ticking = one.tick({ tenants: 1, until: startedAt + 60_000 });
  await app.called(1);
  const lease = async () => Number((await syncRow(db, "t")).lease_until) - startedAt;
  expect(await lease()).toBeLessThan(15_000);
  await expect.poll(lease, { timeout: 8_000 }).toBeGreaterThan(20_000);
  await one.stop(0);
  await ticking;
});
