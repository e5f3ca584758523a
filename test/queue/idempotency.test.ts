/** Idempotency keys in the queue: taken with the messages, or nothing is stored; and nobody else's messages wait for that. */
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { DIRECTORY_CHANGED, type Guard, sameRevision } from "../../src/queue/admitted.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { findByKey, type RequestKey, withKey } from "../../src/queue/idempotency.ts";
import { Intake } from "../../src/queue/intake.ts";
import { PRUNE_KEYS, sweepReported } from "../../src/reports/retention.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addAccount, addTenant, newMessage, RETENTION_MS, T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

const HOUR = 3_600_000;

async function queue(folder = temporaryFolder()) {
  const db = await testDatabase(folder);
  await addTenant(db);
  const account = await addAccount(db);
  const [directory] = await rows<{ revision: number }>(db, "select revision from directory");
  return { db, account, folder, unchanged: sameRevision(directory!.revision) };
}

function requestKey(token: number, over: Partial<RequestKey> = {}): RequestKey {
  return { tenantId: "acme", key: "k", token, payloadHash: "p", expiresAt: T0 + HOUR, ...over };
}

const ids = async (db: Database) =>
  (await rows<{ id: string }>(db, "select id from messages order by id")).map(({ id }) => id);

test("a key is taken with the messages, and whoever comes second stores nothing", async () => {
  const { db, account, unchanged } = await queue();
  const taking = (token: number, now = T0) => withKey(unchanged, requestKey(token), { id: `a${token}` }, now);
  expect(await enqueue(db, [newMessage(account, "a1")], T0, taking(1))).toEqual([undefined]);
  expect(await enqueue(db, [newMessage(account, "a2")], T0, taking(2))).toBe(DIRECTORY_CHANGED);
  expect(await ids(db)).toEqual(["a1"]);
  expect(await findByKey(db, requestKey(9), T0)).toEqual({ token: 1, payloadHash: "p", answer: { id: "a1" } });
});

test("a repetition of the same commit finds the key its own", async () => {
  const { db, account, unchanged } = await queue();
  const message = newMessage(account, "a");
  const taking = withKey(unchanged, requestKey(1), { id: "a" }, T0);
  for (let n = 0; n < 2; n++) expect(await enqueue(db, [message], T0, taking)).toEqual([undefined]);
  expect(await ids(db)).toEqual(["a"]);
});

test("a key that is over, another tenant's, or another one is in nobody's way", async () => {
  const { db, account, unchanged } = await queue();
  const take = (token: number, over: Partial<RequestKey>, now = T0) =>
    enqueue(db, [newMessage(account, `m${token}`)], now, withKey(unchanged, requestKey(token, over), {}, now));
  expect(await take(1, {})).toEqual([undefined]);
  expect(await take(2, { tenantId: "globex" })).toEqual([undefined]);
  expect(await take(3, { key: "K" })).toEqual([undefined]);
  expect(await take(4, { expiresAt: T0 + 2 * HOUR }, T0 + HOUR)).toEqual([undefined]);
  expect(await findByKey(db, requestKey(9), T0 + HOUR)).toMatchObject({ token: 4 });
});

test("of two processes that take one key at the same moment, one does", async () => {
  const { db, account, folder, unchanged } = await queue();
  const other = await openTestDatabase(folder);
  for (let n = 0; n < 20; n++) {
    const take = (process: Database, token: number) => {
      const taking = withKey(unchanged, requestKey(token, { key: `k${n}` }), {}, T0);
      return enqueue(process, [newMessage(account, `m${n}-${token}`)], T0, taking);
    };
    const both = await Promise.all([take(db, 1), take(other, 2)]);
    expect(both.filter((one) => one !== DIRECTORY_CHANGED)).toHaveLength(1);
  }
  expect(await ids(db)).toHaveLength(20);
});

test("a group commit goes on without whoever comes second: in one commit for those that have no key", async () => {
  const { db, account, unchanged } = await queue();
  await enqueue(db, [], T0, withKey(unchanged, requestKey(1), {}, T0));
  const watched = watch(db);
  const intake = new Intake(
    watched.db,
    () => T0,
    async () => undefined,
  );
  const add = (id: string, guard: Guard) => intake.add([newMessage(account, id)], 1_000, guard);
  const taking = (token: number, key: string) => withKey(unchanged, requestKey(token, { key }), {}, T0);
  const answers = await Promise.all([
    add("a", unchanged),
    add("second", taking(2, "k")),
    add("b", unchanged),
    add("own", taking(3, "l")),
    add("c", unchanged),
  ]);
  expect(answers).toEqual([[undefined], DIRECTORY_CHANGED, [undefined], [undefined], [undefined]]);
  expect(await ids(db)).toEqual(["a", "b", "c", "own"]);
  // All together, and why not; the others together; whoever has a key alone, and why not again.
  expect(watched.roundTrips).toBe(6);
});

test("messages without a key cost what they did: a check, and the statements that store them", async () => {
  const { db, account, unchanged } = await queue();
  const watched = watch(db);
  await enqueue(watched.db, [newMessage(account, "a"), newMessage(account, "b")], T0, unchanged);
  expect([watched.roundTrips, watched.statements.length]).toEqual([1, 5]);
});

test("keys that are over are swept in slices, by an index, and others are kept", async () => {
  const { db, unchanged } = await queue();
  const take = (key: string, expiresAt: number) =>
    enqueue(db, [], T0, withKey(unchanged, requestKey(1, { key, expiresAt }), {}, T0));
  for (const key of ["a", "b", "c"]) await take(key, T0 + HOUR);
  await take("later", T0 + HOUR + 1);
  expect(await sweepReported(db, T0 + HOUR, RETENTION_MS, 2)).toMatchObject({ more: true });
  expect(await sweepReported(db, T0 + HOUR, RETENTION_MS, 2)).toMatchObject({ more: false });
  expect(await rows(db, "select key from idempotency_keys")).toEqual([{ key: "later" }]);
  const steps = (await rows<{ detail: string }>(db, `explain query plan ${PRUNE_KEYS}`, { now: T0, limit: 10 }))
    .map(({ detail }) => detail)
    .join("\n");
  expect(steps).toContain("idempotency_keys_expires");
  expect(steps).not.toContain("SCAN idempotency_keys");
});

test("looking for a key, and holding it against a commit, is one look by the primary key", async () => {
  const { db, unchanged } = await queue();
  const watched = watch(db);
  await enqueue(watched.db, [], T0, withKey(unchanged, requestKey(1), {}, T0));
  await findByKey(watched.db, requestKey(1), T0);
  const own = watched.statements.filter(({ sql }) => /(?:from|into) idempotency_keys/.test(sql));
  expect(own).toHaveLength(3);
  for (const statement of own) expect((await plan(db, statement)).join("\n")).not.toMatch(/SCAN (?!CONSTANT)/);
});
