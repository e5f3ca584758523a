/** What one pass of the feed reads: of events whatever is wanted, of what messages say no more than the database bears at once. */
import { expect, test } from "vitest";
import { batch, type Database } from "../../../src/db/database.ts";
import { feed } from "../../../src/reports/webhooks/feed.ts";
import { testDatabase } from "../../support/database.ts";
import { watch } from "../../support/statements.ts";
import { addEvents } from "../support.ts";
import { addSubscriber, deliveries, T0 } from "./support.ts";

const MIB = 1024 * 1024;

/** Events of messages of the tenant `t`, each of that size. */
async function events(db: Database, sizes: readonly number[]): Promise<void> {
  await addEvents(db, "t", sizes.length, { at: T0 });
  const statement = (size: number, n: number) => ({
    sql: "update messages set size = :size where id = :id",
    args: { size, id: `m${n}` },
  });
  await batch(db, sizes.map(statement));
}

/** How many deliveries each pass has made, until nothing is left. */
async function passes(db: Database): Promise<number[]> {
  const grown: number[] = [];
  for (let more = true, before = 0; more; ) {
    ({ more } = await feed(db, T0));
    const { length } = await deliveries(db);
    grown.push(length - before);
    before = length;
  }
  return grown;
}

test("large mails come in passes of 8 Mi characters, one that is larger alone, and small ones together", async () => {
  const db = await testDatabase();
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  await events(db, [4 * MIB, 4 * MIB, 1, 40 * MIB, 1, 1, 1]);
  expect(await passes(db)).toEqual([2, 1, 1, 3]);
  expect((await deliveries(db)).map(({ event }) => event)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("several events of one large mail come in one pass, since it is read once", async () => {
  const db = await testDatabase();
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  await events(db, [8 * MIB]);
  const again =
    "insert into events (tenant_id, message, type, at, data) select tenant_id, message, type, at, data from events";
  await batch(db, [again, again]);
  expect(await passes(db)).toEqual([4]);
});

test("what no webhook asks for by its type is passed by, its message unread", async () => {
  const { db, statements } = watch(await testDatabase());
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  await db.client.execute(`update webhooks set events = '["email.bounced"]'`);
  await events(
    db,
    Array.from({ length: 200 }, () => 1),
  );
  expect(await feed(db, T0)).toMatchObject({ tenants: [], more: true });
  expect(statements.filter(({ sql }) => sql.includes("p.content"))).toEqual([]);
  await addEvents(db, "t", 1, { at: T0, prefix: "late", type: "bounce" });
  expect(await feed(db, T0)).toMatchObject({ tenants: ["t"], more: false });
  expect(await deliveries(db)).toMatchObject([{ type: "email.bounced" }]);
});
