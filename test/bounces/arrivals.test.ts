/** Mail that an older version kept, which could not read it, is read now, and then gone. */
import { expect, test } from "vitest";
import { OLDEST, readArrivals } from "../../src/bounces/arrivals.ts";
import type { Arrived } from "../../src/bounces/receive.ts";
import { type Database, rows } from "../../src/db/database.ts";
import { testDatabase } from "../support/database.ts";

/** A bounce as it may have come: bytes that are no UTF-8 and a NUL among them. */
const RAW = Uint8Array.from([...Buffer.from("Subject: Undelivered\r\n\r\n"), 0xff, 0x00, 0xe9, 0x0d, 0x0a]);
const KEEP = "insert into arrivals (hash, mail_from, rcpt_to, raw, arrived_at) values (?, '', ?, ?, ?)";

async function keep(db: Database, names: string[]): Promise<void> {
  const raw = Buffer.from(RAW).toString("base64");
  for (const [at, name] of names.entries()) await rows(db, KEEP, [name, `${name}@example.com`, raw, at]);
}

const left = async (db: Database) =>
  (await rows<{ hash: string }>(db, "select hash from arrivals")).map(({ hash }) => hash);

/** Takes mails in until it is told to fail. */
function receiver(failing: () => boolean = () => false) {
  const taken: Arrived[] = [];
  const receive = async (mail: Arrived) => {
    if (failing()) throw new Error("the database is away");
    taken.push(mail);
    return { kind: "other" as const, events: [], ignored: [] };
  };
  return { taken, receive };
}

test("what was kept is read byte for byte with its recipient, the oldest first, and is gone", async () => {
  const db = await testDatabase();
  await keep(db, ["c", "a", "b"]);
  const { taken, receive } = receiver();
  expect(await readArrivals(db, { receive }, 2)).toEqual({ more: true });
  expect(await left(db)).toEqual(["b"]);
  expect(await readArrivals(db, { receive }, 2)).toEqual({ more: false });
  const mails = ["c", "a", "b"].map((name) => ({ raw: RAW, recipient: `${name}@example.com`, way: "email" }));
  expect(taken).toEqual(mails);
  expect(await left(db)).toEqual([]);
});

test("what could not be taken stays", async () => {
  const db = await testDatabase();
  await keep(db, ["a", "b"]);
  const { taken, receive } = receiver(() => taken.length === 1);
  await expect(readArrivals(db, { receive }, 5)).rejects.toThrow("away");
  expect(await left(db)).toEqual(["b"]);
});

test("the oldest is found by an index", async () => {
  const steps = await rows<{ detail: string }>(await testDatabase(), `explain query plan ${OLDEST}`, { limit: 1 });
  expect(steps.map(({ detail }) => detail).join("\n")).toContain("USING INDEX arrivals_at");
});
