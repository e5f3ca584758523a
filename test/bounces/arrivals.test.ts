/** Mail that came in is kept once, within bounds, and for as long as messages are. */
import { expect, test } from "vitest";
import { KEEP, keepArrival, MOST_ARRIVAL_BYTES } from "../../src/bounces/arrivals.ts";
import { type Database, rows } from "../../src/db/database.ts";
import { PRUNE_ARRIVALS, sweepReported } from "../../src/reports/retention.ts";
import { testDatabase } from "../support/database.ts";

const NOW = 1_800_000_000_000;
const WEEK = 7 * 24 * 3_600_000;

/** A bounce as it may come: bytes that are no UTF-8 and a NUL among them. */
const RAW = Uint8Array.from([...Buffer.from("Subject: Undelivered\r\n\r\n"), 0xff, 0x00, 0xe9, 0x0d, 0x0a]);
const arrival = (rcptTo = "bounces@example.com", raw = RAW) => ({ mailFrom: "", rcptTo, raw });

const count = async (db: Database) => (await rows<{ n: number }>(db, "select count(*) as n from arrivals"))[0]!.n;

test("what came in is kept byte for byte, with its envelope", async () => {
  const db = await testDatabase();
  expect(await keepArrival(db, arrival(), NOW)).toBe("kept");
  const [kept] = await rows<{ raw: string }>(db, "select mail_from, rcpt_to, raw, arrived_at from arrivals");
  expect(kept).toMatchObject({ mail_from: "", rcpt_to: "bounces@example.com", arrived_at: NOW });
  expect(Uint8Array.from(Buffer.from(kept!.raw, "base64"))).toEqual(RAW);
});

test("a repeated delivery is kept once, under the moment of the first; to another recipient it is another", async () => {
  const db = await testDatabase();
  await keepArrival(db, arrival(), NOW);
  expect(await keepArrival(db, arrival(), NOW + 1)).toBe("kept");
  expect(await rows(db, "select arrived_at from arrivals")).toEqual([{ arrived_at: NOW }]);
  await keepArrival(db, arrival("other@example.com"), NOW);
  expect(await count(db)).toBe(2);
});

test("the largest mail is kept, one byte more is refused for good", async () => {
  const db = await testDatabase();
  const large = new Uint8Array(MOST_ARRIVAL_BYTES + 1);
  expect(await keepArrival(db, arrival("a@example.com", large), NOW)).toBe("too_large");
  expect(await count(db)).toBe(0);
  expect(await keepArrival(db, arrival("a@example.com", large.subarray(1)), NOW)).toBe("kept");
});

test("where too many wait no more are kept, but a repeated one is known", async () => {
  const db = await testDatabase();
  const filler = `
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 999)
    insert into arrivals select 'h' || i, '', 'a@example.com', '', ${NOW} from n`;
  await rows(db, filler);
  expect(await keepArrival(db, arrival(), NOW)).toBe("kept");
  expect(await keepArrival(db, arrival("other@example.com"), NOW)).toBe("full");
  expect(await keepArrival(db, arrival(), NOW)).toBe("kept");
  expect(await count(db)).toBe(1_000);
});

test("arrivals go when their retention is over, a bounded number at a time", async () => {
  const db = await testDatabase();
  for (const age of [WEEK - 1, WEEK, WEEK + 1, WEEK + 2])
    await keepArrival(db, arrival(`${age}@example.com`), NOW - age);
  expect(await sweepReported(db, NOW, WEEK, 2)).toEqual({ removed: 0, more: true });
  expect(await sweepReported(db, NOW, WEEK, 2)).toEqual({ removed: 0, more: false });
  expect(await rows(db, "select arrived_at from arrivals")).toEqual([{ arrived_at: NOW - WEEK + 1 }]);
});

test.each([
  ["counting", KEEP, { hash: "h", mailFrom: "", rcptTo: "", content: "", now: NOW, most: 1 }],
  ["sweeping", PRUNE_ARRIVALS, { before: NOW, limit: 1 }],
])("%s arrivals goes through an index, not through what they hold", async (_, sql, args) => {
  const steps = await rows<{ detail: string }>(await testDatabase(), `explain query plan ${sql}`, args);
  const reading = steps.map(({ detail }) => detail).filter((detail) => detail.includes(" arrivals"));
  expect(reading).not.toEqual([]);
  expect(reading.filter((detail) => !detail.includes("INDEX"))).toEqual([]);
});
