/** Certified mail waits for its first receipt, once and by the clock that is passed in. */
import { expect, test } from "vitest";
import { pecTimeouts } from "../../src/bounces/pec-timeouts.ts";
import { type Entry, record } from "../../src/bounces/record.ts";
import { type Database, rows } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import type { Claimed, Settlement } from "../../src/queue/message.ts";
import { settle } from "../../src/queue/settle.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

const DUE = T0 + 1_800_000;

/** So many messages of one account under lease. */
async function claimed(db: Database, count = 1): Promise<Claimed[]> {
  await addTenant(db);
  const accountKey = await addAccount(db);
  await enqueue(
    db,
    Array.from({ length: count }, (_, n) => newMessage(accountKey, `m${n}`)),
    T0,
  );
  return (await claim(db, [{ accountKey, want: count }], T0, LEASE_MS)).claimed;
}

const settled = (db: Database, group: Claimed[], over: Partial<Settlement> = { receiptDueAt: DUE }) =>
  settle(
    db,
    group.map((one) => sent(one, over)),
    T0,
    RETENTION_MS,
  );

function receipt({ seq, pk }: Claimed): Entry {
  const type = "pec_delivery";
  return { message: seq, pk, tenantId: "acme", type, origin: `${type} a@example.net`, data: { pec_details: "taken" } };
}

const endWait = ({ seq }: Claimed) => ({ sql: "delete from pec_waits where message = :seq", args: { seq } });
const waits = (db: Database) => rows(db, "select message, due_at from pec_waits");
const events = async (db: Database) =>
  (await rows<{ type: string }>(db, "select type from events where type <> 'sent' order by id")).map(
    ({ type }) => type,
  );

test("what no receipt comes for is reported once, when its time is over and not before", async () => {
  const db = await testDatabase();
  await settled(db, await claimed(db));
  expect(await waits(db)).toEqual([{ message: 1, due_at: DUE }]);
  expect(await pecTimeouts(db, DUE - 1, 10)).toEqual({ tenants: [], more: false });
  expect(await pecTimeouts(db, DUE, 10)).toEqual({ tenants: ["acme"], more: false });
  expect(
    await rows(db, "select tenant_id, message, at, data, report_at from events where type = 'pec_timeout'"),
  ).toEqual([
    { tenant_id: "acme", message: 1, at: DUE, data: '{"pec_details":"no receipt has come in time"}', report_at: DUE },
  ]);
  expect(await pecTimeouts(db, DUE, 10)).toEqual({ tenants: [], more: false });
  expect(await waits(db)).toEqual([]);
});

test("a receipt ends the wait, also one that comes before the message is known to be sent", async () => {
  const db = await testDatabase();
  const [early, prompt] = await claimed(db, 2);
  await record(db, [receipt(early!)], T0, [endWait(early!)]);
  await settled(db, [early!, prompt!]);
  expect(await waits(db)).toEqual([{ message: prompt!.seq, due_at: DUE }]);
  await record(db, [receipt(prompt!)], T0, [endWait(prompt!)]);
  expect(await pecTimeouts(db, DUE, 10)).toEqual({ tenants: [], more: false });
  expect(await events(db)).toEqual(["pec_delivery", "pec_delivery"]);
});

test("a receipt that comes too late counts all the same", async () => {
  const db = await testDatabase();
  const [message] = await claimed(db);
  await settled(db, [message!]);
  await pecTimeouts(db, DUE, 10);
  expect(await record(db, [receipt(message!)], DUE + 1, [endWait(message!)])).toEqual([true]);
  expect(await events(db)).toEqual(["pec_timeout", "pec_delivery"]);
});

test("a receipt that comes between the look and the record is the first", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const [message] = await claimed(db);
  await settled(db, [message!]);
  const late = await openTestDatabase(folder);
  const { batch } = late.client;
  late.client.batch = async (...given) => {
    await record(db, [receipt(message!)], DUE, [endWait(message!)]);
    return batch.apply(late.client, given);
  };
  expect(await pecTimeouts(late, DUE, 10)).toEqual({ tenants: [], more: false });
  expect(await events(db)).toEqual(["pec_delivery"]);
});

test("several processes report each once, in pages", async () => {
  const folder = temporaryFolder();
  const first = await testDatabase(folder);
  await settled(first, await claimed(first, 25));
  const all = [first, await openTestDatabase(folder), await openTestDatabase(folder)];
  await Promise.all(
    all.map(async (db) => {
      while ((await pecTimeouts(db, DUE, 10)).more);
    }),
  );
  expect(await events(first)).toEqual(Array.from({ length: 25 }, () => "pec_timeout"));
  expect(await waits(first)).toEqual([]);
});

test("what was sent again waits no second time, and keeps its first moment", async () => {
  const db = await testDatabase();
  const [message] = await claimed(db);
  const { accountKey } = message!;
  const again = { state: "scheduled", dueAt: T0, receiptDueAt: DUE } as const;
  await settled(db, [message!], again);
  const next = async () => {
    await rows(db, "update messages set state = 'ready', wake_at = expires_at");
    return (await claim(db, [{ accountKey, want: 1 }], T0, LEASE_MS)).claimed;
  };
  await settled(db, await next(), { ...again, receiptDueAt: DUE + 1 });
  expect(await waits(db)).toEqual([{ message: 1, due_at: DUE }]);
  await pecTimeouts(db, DUE, 10);
  await settled(db, await next(), { receiptDueAt: DUE + 2 });
  expect(await waits(db)).toEqual([]);
});

test("the wait of a message that is gone ends without a word", async () => {
  const db = await testDatabase();
  await settled(db, await claimed(db));
  await rows(db, "delete from messages");
  expect(await pecTimeouts(db, DUE, 10)).toEqual({ tenants: [], more: false });
  expect(await waits(db)).toEqual([]);
});

test("whose lease is lost waits for nothing", async () => {
  const db = await testDatabase();
  const [message] = await claimed(db);
  await settled(db, [{ ...message!, token: message!.token + 1 }]);
  expect(await waits(db)).toEqual([]);
});

test("ordinary mail is settled by the same statements as ever, and certified mail by one more that scans nothing", async () => {
  const db = await testDatabase();
  const group = await claimed(db, 2);
  const watched = watch(db);
  await settled(watched.db, [group[0]!], {});
  const ordinary = watched.statements.splice(0);
  expect(ordinary.map(({ sql }) => sql).join()).not.toMatch(/pec_waits|notices/);
  await settled(watched.db, [group[1]!]);
  expect(watched.statements).toHaveLength(ordinary.length + 1);
  await pecTimeouts(watched.db, DUE, 10);
  const about = watched.statements.filter(({ sql }) => sql.includes("pec_waits"));
  expect(about).toHaveLength(4); // of the settle, of the look, of the notice, of the wait's end
  for (const statement of about)
    for (const step of await plan(db, statement)) expect(step).not.toMatch(/SCAN (?!.*VIRTUAL TABLE)/);
  expect((await plan(db, about[1]!)).join()).toContain("SEARCH w USING COVERING INDEX pec_waits_due");
});
