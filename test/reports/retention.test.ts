import { expect, test } from "vitest";
import { record } from "../../src/bounces/record.ts";
import { type Database, rows } from "../../src/db/database.ts";
import { cleanup, PRUNE_SUPPRESSIONS, sweepReported } from "../../src/reports/retention.ts";
import { testDatabase } from "../support/database.ts";
import { addEvents, addTenant } from "./support.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** Messages that ended and were reported `age` ago, with a payload each. */
async function addReported(db: Database, tenant: string, count: number, prefix: string, age = WEEK): Promise<void> {
  await addEvents(db, tenant, count, { prefix, at: NOW - age });
  await rows(db, "update messages set wake_at = finished_at + ? where id like ?", [WEEK, `${prefix}%`]);
  await rows(
    db,
    "update events set report_at = null, reported_at = at where message in (select seq from messages where id like ?)",
    [`${prefix}%`],
  );
  await rows(db, "insert or ignore into payloads select seq, 'subject', '{}' from messages");
}

/** A bounce was heard of each of them, and a receipt is waited for. */
const HEARD = [
  "insert into notices (message, origin, token) select seq, 'bounce a@example.net', seq from messages",
  "insert into pec_waits (message, due_at) select seq, 0 from messages",
];

async function left(db: Database, tables = ["messages", "events", "payloads"]): Promise<Record<string, number>> {
  const counts = tables.map(
    async (table) => [table, (await rows<{ n: number }>(db, `select count(*) as n from ${table}`))[0]!.n] as const,
  );
  return Object.fromEntries(await Promise.all(counts));
}

const messageIds = async (db: Database) => (await rows(db, "select id from messages order by id")).map(({ id }) => id);

test("a reported message goes with all that hangs on it when its retention is over, not before", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 2, "m");
  for (const sql of HEARD) await rows(db, sql);
  expect(await sweepReported(db, NOW - 1, WEEK, 100)).toEqual({ removed: 0, more: false });
  expect(await sweepReported(db, NOW, WEEK, 100)).toEqual({ removed: 2, more: false });
  expect(await left(db)).toEqual({ messages: 0, events: 0, payloads: 0 });
  expect(await left(db, ["notices", "pec_waits"])).toEqual({ notices: 0, pec_waits: 0 });
});

test("what is heard of an old message keeps it until its tenant was told", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 2, "m");
  const [message] = await rows<{ seq: number; pk: string }>(db, "select seq, pk from messages where id = 'm0'");
  const entry = { message: message!.seq, pk: message!.pk, tenantId: "t", type: "bounce", origin: "bounce a", data: {} };
  expect(await record(db, [entry], NOW)).toEqual([true]);
  expect(await sweepReported(db, NOW, WEEK, 100)).toEqual({ removed: 1, more: false });
  expect(await messageIds(db)).toEqual(["m0"]);
  await rows(db, "update events set report_at = null");
  expect(await sweepReported(db, NOW + HOUR, WEEK, 100)).toMatchObject({ removed: 1 });
  expect(await left(db, ["messages", "notices"])).toEqual({ messages: 0, notices: 0 });
});

test("suppressions that are over go, a bounded number at a time, and are found by their index", async () => {
  const db = await testDatabase();
  const add =
    "insert into suppressions (tenant_id, address, source, created_at, expires_at) values ('t', ?, 'bounce', 0, ?)";
  const ends = [NOW - 2, NOW - 1, NOW, NOW + 1, null];
  for (const [at, end] of ends.entries()) await rows(db, add, [`${at}@example.net`, end]);
  expect(await sweepReported(db, NOW, WEEK, 2)).toEqual({ removed: 0, more: true });
  expect(await sweepReported(db, NOW, WEEK, 2)).toEqual({ removed: 0, more: false });
  expect(await rows(db, "select expires_at from suppressions")).toEqual([
    { expires_at: NOW + 1 },
    { expires_at: null },
  ]);
  const args = { now: NOW, limit: 1 };
  const steps = await rows<{ detail: string }>(db, `explain query plan ${PRUNE_SUPPRESSIONS}`, args);
  expect(steps.map(({ detail }) => detail).join("\n")).toMatch(
    /SEARCH suppressions USING (COVERING )?INDEX suppressions_expires/,
  );
});

test("a sweep is bounded and says that there is more", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 5, "m");
  expect(await sweepReported(db, NOW, WEEK, 3)).toEqual({ removed: 3, more: true });
  expect(await sweepReported(db, NOW, WEEK, 3)).toEqual({ removed: 2, more: false });
});

test("an unreported message is never swept, and looked at again an hour later", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 2, "m");
  await rows(db, "update events set report_at = at where message = (select seq from messages where id = 'm0')");
  expect(await sweepReported(db, NOW, WEEK, 1)).toEqual({ removed: 0, more: true });
  expect(await sweepReported(db, NOW, WEEK, 1)).toEqual({ removed: 1, more: true });
  expect(await rows(db, "select id, wake_at from messages")).toEqual([{ id: "m0", wake_at: NOW + HOUR }]);
  await rows(db, "update events set report_at = null");
  expect(await sweepReported(db, NOW + HOUR, WEEK, 1)).toMatchObject({ removed: 1 });
});

test("without a sync URL nobody waits for the report", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: null });
  await addReported(db, "t", 1, "m");
  await rows(db, "update events set report_at = at");
  expect(await sweepReported(db, NOW, WEEK, 100)).toMatchObject({ removed: 1 });
});

test("a message that waits or is being sent is never swept, however old", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 4, "m");
  await rows(
    db,
    "update messages set state = case id when 'm0' then 'ready' when 'm1' then 'sending' when 'm2' then 'held' else 'scheduled' end",
  );
  expect(await sweepReported(db, NOW, WEEK, 100)).toMatchObject({ removed: 0 });
  expect(await cleanup(db, undefined, 0, NOW)).toBe(0);
  expect(await left(db)).toEqual({ messages: 4, events: 4, payloads: 4 });
});

test("old grants and old lines of the command log go too, the others stay", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", {});
  for (const age of [23 * HOUR, 25 * HOUR, 26 * HOUR])
    await rows(db, "insert into grants select key, ?, 1 from accounts", [NOW - age]);
  for (const age of [WEEK - 1, WEEK, WEEK + 1])
    await rows(
      db,
      "insert into command_log (at, endpoint, payload, status, result, request_id) values (?, '/', '{}', 200, '{}', 'r')",
      [NOW - age],
    );
  expect(await sweepReported(db, NOW, WEEK, 2)).toEqual({ removed: 0, more: true });
  expect(await rows(db, "select at from grants")).toEqual([{ at: NOW - 23 * HOUR }]);
  expect(await rows(db, "select at from command_log")).toEqual([{ at: NOW - WEEK + 1 }]);
});

test("a cleanup removes what ended early enough and is reported, of the tenant that was named", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addTenant(db, "u", { url: "http://127.0.0.1:1" });
  await addReported(db, "t", 3, "old", 10_000);
  await addReported(db, "t", 1, "young", 9_999);
  await addReported(db, "u", 1, "foreign", 10_000);
  await rows(db, "update events set report_at = at where message = (select seq from messages where id = 'old1')");
  expect(await cleanup(db, "t", 10_000, NOW)).toBe(2);
  expect(await messageIds(db)).toEqual(["foreign0", "old1", "young0"]);
  expect(await left(db)).toEqual({ messages: 3, events: 3, payloads: 3 });
});

test("a cleanup of all tenants goes through as many pages as there are", async () => {
  const db = await testDatabase();
  await addTenant(db, "t", { url: "http://127.0.0.1:1" });
  await addTenant(db, "u", { url: null });
  await addReported(db, "t", 1_200, "t");
  await addReported(db, "u", 3, "u");
  expect(await cleanup(db, undefined, 0, NOW)).toBe(1_203);
});
