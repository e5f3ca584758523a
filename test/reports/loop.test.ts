import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { TENANTS } from "../../src/reports/agenda.ts";
import { readAgenda } from "../../src/reports/due.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addEvents, addTenant, endpoint, reporter, unreported } from "./support.ts";

/** Only news and due moments make these reporters move, not the poll. */
const NO_POLL = { pollIntervalMs: 3_600_000 };

test("news is told at once, and a burst of it in one call", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const one = reporter(db, NO_POLL);
  one.start();
  await one.saw(({ kind }) => kind === "answered"); // the idle call of the start
  const startedAt = performance.now();
  for (let n = 0; n < 20; n++) {
    await addEvents(db, "t", 1, { prefix: `burst${n}-` });
    one.wake("t");
  }
  await one.saw((event) => event.kind === "answered" && event.events.length > 0);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await expect.poll(() => unreported(db)).toBe(0);
  expect(app.eventIds()).toHaveLength(20);
  expect(app.calls.length).toBeLessThan(8);
});

test("news that comes during a call is told right after it", async () => {
  const db = await testDatabase();
  const app = await endpoint(async (_call, n, response) => {
    if (n === 1) {
      await addEvents(db, "t", 1);
      one.wake("t");
      await pause(100); // longer than the gathering, so that the news is looked at while the call is under way
    }
    response.end();
    return null;
  });
  await addTenant(db, "t", { url: app.url });
  const one = reporter(db, NO_POLL);
  one.start();
  const calls = await app.called(2);
  expect(calls[1]!.reports).toHaveLength(1);
});

test("the loop sleeps exactly until the next thing is due", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const dueAt = Date.now() + 1_500;
  await addEvents(db, "t", 1, { at: dueAt });
  const one = reporter(db, NO_POLL);
  one.start();
  await app.called(2);
  expect(Date.now() - dueAt).toBeGreaterThanOrEqual(0);
  expect(Date.now() - dueAt).toBeLessThan(300);
});

test("what another process put into the database is found by the poll", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  const one = reporter(db, { pollIntervalMs: 50 });
  one.start();
  await app.called(1);
  await addEvents(db, "t", 1);
  expect((await app.called(2))[1]!.reports).toHaveLength(1);
});

test("a clock that is set back stops nothing", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  let setBackMs = 0;
  const one = reporter(db, { now: () => Date.now() - setBackMs, pollIntervalMs: 50 });
  one.start();
  await one.saw(({ kind }) => kind === "answered");
  setBackMs = 3_600_000;
  await pause(100); // the look that follows the call is over: from here on only the poll can find something
  await addEvents(db, "t", 1);
  await one.saw((event) => event.kind === "answered" && event.events.length === 1);
});

test("hanging endpoints delay nobody else: the healthy tenant is told within a second", async () => {
  const db = await testDatabase();
  const hanging = await endpoint(() => null);
  for (let n = 0; n < 100; n++) {
    await addTenant(db, `dead${n}`, { url: hanging.url });
    await addEvents(db, `dead${n}`, 1);
  }
  const app = await endpoint();
  await addTenant(db, "healthy", { url: app.url });
  const one = reporter(db, NO_POLL);
  one.start();
  await hanging.called(100);
  await addEvents(db, "healthy", 1);
  const startedAt = performance.now();
  one.wake("healthy");
  await one.saw((event) => event.kind === "answered" && event.events.length === 1);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test("endpoints that are known to fail never hold all calls", async () => {
  const db = await testDatabase();
  const hanging = await endpoint(() => null);
  for (let n = 0; n < 260; n++) await addTenant(db, `dead${n}`, { url: hanging.url });
  await rows(db, "insert into syncs (tenant_id, failures) select id, 3 from tenants");
  const one = reporter(db, NO_POLL);
  one.start();
  await hanging.called(128);
  const app = await endpoint();
  await addTenant(db, "healthy", { url: app.url });
  one.wake("healthy");
  await one.saw(({ kind }) => kind === "answered");
  expect(hanging.calls).toHaveLength(128);
});

test("with more tenants due than there is room for, those whose endpoints work come first", async () => {
  const db = await testDatabase();
  for (const id of ["dead1", "dead2", "healthy"]) await addTenant(db, id, { url: "http://127.0.0.1:1" });
  await rows(db, "insert into syncs (tenant_id, failures) select id, 3 from tenants where id like 'dead%'");
  expect((await readAgenda(db, TENANTS, Date.now(), 1)).due).toEqual([{ id: "healthy", standing: "unknown" }]);
  await addTenant(db, "proven", { url: "http://127.0.0.1:1" });
  await rows(db, "insert into syncs (tenant_id, last_ok_at) values ('proven', 1)");
  expect((await readAgenda(db, TENANTS, Date.now(), 4)).due.map(({ standing }) => standing)).toEqual([
    ...["answering", "unknown", "failing", "failing"],
  ]);
});

/** A tenant whose endpoint has answered before. */
async function addProven(db: Database, id: string, url: string): Promise<void> {
  await addTenant(db, id, { url });
  await rows(db, "insert into syncs (tenant_id, last_ok_at, idle_due_at) values (?, 1, 9e14)", [id]);
}

test("new tenants with a backlog and dead endpoints, however many, leave room for those that answer, and for other new ones", async () => {
  const db = await testDatabase();
  const hanging = await endpoint(() => null);
  for (let n = 0; n < 300; n++) {
    await addTenant(db, `dead${n}`, { url: hanging.url });
    if (n < 150) await rows(db, "insert into syncs (tenant_id, failures) values (?, 1)", [`dead${n}`]);
    await addEvents(db, `dead${n}`, 1);
  }
  const app = await endpoint();
  await addProven(db, "proven", app.url);
  const one = reporter(db, NO_POLL);
  one.start();
  await hanging.called(192); // as many as may hang: 128 of those that failed before, or 192 with new ones
  await addEvents(db, "proven", 1);
  const startedAt = performance.now();
  one.wake("proven");
  await app.called(1);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(hanging.calls).toHaveLength(192);
});

test("two processes on one database tell every event once, one call at a time", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  let open = 0;
  let most = 0;
  const app = await endpoint(async (_call, _n, response) => {
    most = Math.max(most, ++open);
    await pause(2);
    open--;
    response.end("{}");
    return null;
  });
  await addTenant(db, "t", { url: app.url });
  const both = [reporter(db, NO_POLL), reporter(await openTestDatabase(folder), NO_POLL)];
  for (const one of both) one.start();
  const added: string[] = [];
  for (let n = 0; n < 60; n++) {
    added.push(...(await addEvents(db, "t", 3, { prefix: `r${n}-` })));
    for (const one of both) one.wake("t");
    await app.called(Math.floor(n / 10)); // lets calls and news overlap
  }
  await expect.poll(() => unreported(db)).toBe(0);
  expect([...app.eventIds()].sort()).toEqual([...added].sort());
  expect(most).toBe(1);
});

test("run-now for a tenant overrides next_sync_after and the rest of a failed endpoint", async () => {
  const db = await testDatabase();
  const app = await endpoint((_call, n) =>
    n === 1
      ? { status: 503, headers: { "retry-after": "9000" } }
      : { body: { next_sync_after: Date.now() / 1000 + 9_000 } },
  );
  await addTenant(db, "t", { url: app.url });
  const one = reporter(db, NO_POLL);
  one.start();
  await one.saw(({ kind }) => kind === "failed");
  expect(await one.runNow("t")).toBe(true);
  await one.saw(({ kind }) => kind === "answered");
  expect(await one.runNow("t")).toBe(true);
  await app.called(3);
});

test("run-now for everybody honours next_sync_after", async () => {
  const db = await testDatabase();
  const quiet = await endpoint(() => ({ body: { next_sync_after: Date.now() / 1000 + 9_000 } }));
  await addTenant(db, "quiet", { url: quiet.url });
  const one = reporter(db, NO_POLL);
  one.start();
  await one.saw(({ kind }) => kind === "answered");
  const other = await endpoint();
  await addTenant(db, "other", { url: other.url });
  await one.runNow();
  await other.called(1);
  expect(quiet.calls).toHaveLength(1);
});

test("run-now for a tenant that cannot be called says so", async () => {
  const db = await testDatabase();
  await addTenant(db, "nowhere", { url: null });
  const one = reporter(db);
  expect(await one.runNow("nowhere")).toBe(false);
  expect(await one.runNow("unknown")).toBe(false);
});

test("a manual reporter moves by run-now alone", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  const bystander = await endpoint();
  await addTenant(db, "t", { url: app.url });
  await addTenant(db, "bystander", { url: bystander.url });
  await addEvents(db, "t", 1);
  const one = reporter(db, { manual: true, pollIntervalMs: 5 });
  one.start();
  one.wake("t");
  await pause(100);
  expect(app.calls).toEqual([]);
  await one.runNow("t");
  await one.saw((event) => event.kind === "answered" && event.events.length === 1);
  expect(bystander.calls).toEqual([]);
});

test("the next due moment is now, or the earliest of events, rests and idle calls, or none", async () => {
  const db = await testDatabase();
  const now = 1_000_000;
  const one = reporter(db, { now: () => now });
  expect(await one.nextDueAt()).toBeUndefined();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  expect(await one.nextDueAt()).toBe(now);
  await rows(db, "insert into syncs (tenant_id, idle_due_at) values ('t', ?)", [now + 300]);
  expect(await one.nextDueAt()).toBe(now + 300);
  await addEvents(db, "t", 1, { at: now + 200 });
  expect(await one.nextDueAt()).toBe(now + 200);
  await rows(db, "update syncs set retry_at = ?", [now + 250]);
  expect(await one.nextDueAt()).toBe(now + 250);
  await rows(db, "update syncs set requested = 1, lease_until = ?", [now + 100]);
  expect(await one.nextDueAt()).toBe(now + 100);
});

test("a database that is away is told to the log and tried again", async () => {
  const db = await testDatabase();
  const app = await endpoint();
  await addTenant(db, "t", { url: app.url });
  await rows(db, "alter table syncs rename to elsewhere");
  const one = reporter(db, { pollIntervalMs: 20 });
  one.start();
  await one.saw(({ kind }) => kind === "fault");
  await rows(db, "alter table elsewhere rename to syncs");
  await app.called(1);
});

test("a stop waits for the calls under way and begins no other", async () => {
  const db = await testDatabase();
  const app = await endpoint(async (_call, _n, response) => {
    await pause(100);
    response.end('{"queued": 1}');
    return null;
  });
  await addTenant(db, "t", { url: app.url });
  await addEvents(db, "t", 1);
  const one = reporter(db, NO_POLL);
  one.start();
  await app.called(1);
  await one.stop(5_000);
  expect(await unreported(db)).toBe(0);
  one.wake("t");
  await pause(100);
  expect(app.calls).toHaveLength(1);
});
