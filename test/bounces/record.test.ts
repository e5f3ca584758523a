/** What was heard of a message is written down once, with all that follows from it, however often and by however many. */
import { expect, test } from "vitest";
import { type Entry, record } from "../../src/bounces/record.ts";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { addAccount, addTenant, newMessage, T0 } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";
import { plan, watch } from "../support/statements.ts";

const BOUNCED = "User@Bücher.example";

/** Messages `m0`, `m1`... of the tenant acme, and what makes an entry of one. */
async function queued(db: Database, count = 1) {
  await addTenant(db);
  const account = await addAccount(db);
  const messages = Array.from({ length: count }, (_, n) => newMessage(account, `m${n}`));
  await enqueue(db, messages, T0);
  const seqs = await rows<{ seq: number }>(db, "select seq from messages order by seq");
  return (n: number, over: Partial<Entry> = {}): Entry => ({
    message: seqs[n]!.seq,
    pk: messages[n]!.pk,
    tenantId: "acme",
    type: "bounce",
    origin: "bounce a@example.net",
    data: { bounce_type: "hard" },
    suppress: { address: BOUNCED, source: "bounce", reason: "550 no such user", expiresAt: null },
    ...over,
  });
}

/** How many rows of each kind there are, and the totals. */
async function kept(db: Database) {
  const [counts] = await rows(
    db,
    `select (select count(*) from notices) as notices, (select count(*) from events) as events,
      (select count(*) from suppressions) as suppressions,
      ifnull((select sum(value) from counters where name = 'mail_proxy_bounces_total'), 0) as bounces`,
  );
  return { ...counts };
}

test("an event to be reported, a suppression and a total come with what is new", async () => {
  const db = await testDatabase();
  const entry = await queued(db);
  expect(await record(db, [entry(0)], T0 + 5)).toEqual([true]);
  expect(await rows(db, "select tenant_id, message, type, at, data, report_at from events")).toEqual([
    { tenant_id: "acme", message: 1, type: "bounce", at: T0 + 5, data: '{"bounce_type":"hard"}', report_at: T0 + 5 },
  ]);
  expect(await rows(db, "select * from suppressions")).toMatchObject([
    {
      tenant_id: "acme",
      address: "user@xn--bcher-kva.example",
      spelled: "user@bücher.example",
      source: "bounce",
      reason: "550 no such user",
      pk: entry(0).pk,
      created_at: T0 + 5,
      expires_at: null,
    },
  ]);
  expect(await rows(db, "select * from counters")).toEqual([
    { name: "mail_proxy_bounces_total", tenant_id: "acme", account_id: "default", value: 1 },
  ]);
});

test("the same again changes nothing; of another recipient or another message it is news", async () => {
  const db = await testDatabase();
  const entry = await queued(db, 2);
  const other = { origin: "bounce b@example.net", suppress: undefined };
  expect(await record(db, [entry(0), entry(0), entry(0, other), entry(1)], T0)).toEqual([true, false, true, true]);
  const before = await kept(db);
  expect(before).toEqual({ notices: 3, events: 3, suppressions: 1, bounces: 3 });
  expect(await record(db, [entry(1), entry(0), entry(0, other)], T0 + 1)).toEqual([false, false, false]);
  expect(await kept(db)).toEqual(before);
});

test("of ten thousand repetitions nothing stays", async () => {
  const db = await testDatabase();
  const entry = await queued(db);
  const pages = async () => (await rows<{ page_count: number }>(db, "pragma page_count"))[0]!.page_count;
  await record(db, [entry(0)], T0);
  const [once, size] = [await kept(db), await pages()];
  const again = Array.from({ length: 100 }, () => entry(0));
  for (let n = 0; n < 100; n++) expect(await record(db, again, T0 + n)).not.toContain(true);
  for (let n = 0; n < 100; n++) await record(db, [entry(0)], T0 + n);
  expect(await kept(db)).toEqual(once);
  expect(await pages()).toBe(size);
});

test("of many that hear it at once one has it new", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const entry = await queued(db);
  const processes = await Promise.all(Array.from({ length: 4 }, () => openTestDatabase(folder)));
  const heard = await Promise.all(
    processes.flatMap((one) => [record(one, [entry(0)], T0), record(one, [entry(0)], T0)]),
  );
  expect(heard.flat().filter(Boolean)).toHaveLength(1);
  expect(await kept(db)).toMatchObject({ notices: 1, events: 1, bounces: 1 });
});

test("who is on the list stays there as he is; one whose time is over comes anew", async () => {
  const db = await testDatabase();
  const entry = await queued(db, 3);
  const complaint = { address: "a@example.net", source: "complaint", reason: null, expiresAt: T0 + 10 } as const;
  const bounce = { ...complaint, source: "bounce", expiresAt: null } as const;
  const onTheList = () => rows(db, "select source, created_at, expires_at from suppressions");
  await record(db, [entry(0, { suppress: complaint })], T0);
  await record(db, [entry(1, { suppress: bounce })], T0 + 9);
  expect(await onTheList()).toEqual([{ source: "complaint", created_at: T0, expires_at: T0 + 10 }]);
  await record(db, [entry(2, { suppress: bounce })], T0 + 10);
  expect(await onTheList()).toEqual([{ source: "bounce", created_at: T0 + 10, expires_at: null }]);
});

test("of a message that is gone, or whose receipt has come, nothing is written down", async () => {
  const db = await testDatabase();
  const entry = await queued(db, 2);
  const awaited = { type: "pec_timeout", origin: "pec_timeout ", awaited: true, suppress: undefined };
  expect(await record(db, [entry(0, awaited)], T0)).toEqual([false]);
  await rows(db, "insert into pec_waits (message, due_at) values (1, 0), (2, 0)");
  const done = { sql: "delete from pec_waits where message = 1", args: {} };
  expect(await record(db, [entry(0, awaited)], T0, [done])).toEqual([true]);
  expect(await rows(db, "select message from pec_waits")).toEqual([{ message: 2 }]);
  await rows(db, "delete from messages where seq = 2");
  expect(await record(db, [entry(1, awaited), entry(1)], T0)).toEqual([false, false]);
  expect(await kept(db)).toMatchObject({ notices: 1, events: 1 });
});

test("a batch whose answer was lost is not doubled, and its caller hears that it was new", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = database(new RemoteClient({ url: server.url, token: undefined }));
  await migrate(direct, T0);
  const db = database(new RemoteClient({ url: proxy.url, token: undefined }));
  const lost: Fault[] = ["drop", "cut", "garble", "unsent", "late"];
  const entry = await queued(direct, lost.length);
  for (const [n, fault] of lost.entries()) {
    proxy.next = [fault];
    expect(await record(db, [entry(n)], T0), String(fault)).toEqual([true]);
    await proxy.deliver();
  }
  const all = lost.length;
  expect(await kept(direct)).toEqual({ notices: all, events: all, suppressions: 1, bounces: all });
  const inMinutes = "select account_id, sum(bounced) as bounced from rollups group by tenant_id, 1 order by 1";
  expect(await rows(direct, inMinutes)).toMatchObject(["", "", "default"].map(() => ({ bounced: all })));
});

test("each row is found by an index, however many there are", async () => {
  const db = await testDatabase();
  const entry = await queued(db);
  const watched = watch(db);
  await record(watched.db, [entry(0)], T0);
  expect(watched.roundTrips).toBe(1);
  for (const statement of watched.statements) {
    for (const step of await plan(db, statement)) expect(step, statement.sql).not.toMatch(/SCAN (?!(e|w) VIRTUAL)/);
  }
});
