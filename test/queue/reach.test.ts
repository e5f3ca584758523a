/** How far back a page of messages looks, and that its cursor leads on until there is nothing more. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { type Filter, listMessages } from "../../src/queue/list.ts";
import { LOOKED_THROUGH, SEARCHED_THROUGH } from "../../src/queue/reach.ts";
import { openFile } from "../../src/runtimes/database.ts";
import { addAccount, addTenant, T0 } from "../support/queue.ts";

/** A few more than a search looks through twice. */
const MESSAGES = 2 * SEARCHED_THROUGH + 1_000;

/** One database for all of them: they only read. */
const folder = mkdtempSync(join(tmpdir(), "mail-proxy-test-"));
let db: Database;

afterAll(() => {
  db.client.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeAll(async () => {
  db = database(await openFile({ url: `file:${join(folder, "queue.db")}`, token: undefined, synchronous: "NORMAL" }));
  await migrate(db, 0);
  await addTenant(db);
  const account = await addAccount(db);
  // Every tenth is another tenant's; each has its number in its id, and a second of its own.
  await rows(
    db,
    `with recursive n(i, at) as (
       select 1, cast(:t0 as integer) + 1000 union all select i + 1, at + 1000 from n where i < cast(:messages as integer))
     insert into messages (seq, pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, recipients, size, created_at)
     select i, substr(printf('%012x', at), 1, 8) || '-' || substr(printf('%012x', at), 9) || '-7' || i,
       iif(i % 10 = 0, 'other', 'acme'), 'm' || i || '.', :account, 2, 'sent', 0, 0,
       json_array(json_array('to', 'a' || i || '@example.net')), 1, at from n`,
    { messages: MESSAGES, account, t0: T0 },
  );
});

/** All pages, each by how many it has, and what was found. */
async function pages(filter: Partial<Filter>): Promise<{ sizes: number[]; ids: unknown[] }> {
  const sizes: number[] = [];
  const ids: unknown[] = [];
  for (let before: number | undefined; ; ) {
    const { messages, next } = await listMessages(db, { limit: 50, ...filter, before });
    sizes.push(messages.length);
    ids.push(...messages.map(({ id }) => id));
    if (next === undefined) return { sizes, ids };
    before = next;
  }
}

test("a search ends after so many messages, and its cursor leads on to what is older", async () => {
  expect(await pages({ q: "m7." })).toEqual({ sizes: [0, 0, 1], ids: ["m7."] });
});

test("a tenant's search looks through so many of its own", async () => {
  expect(await pages({ tenantId: "acme", q: "A7@EXAMPLE" })).toEqual({ sizes: [0, 1], ids: ["m7."] });
  expect(await pages({ tenantId: "other", q: "a10@" })).toEqual({ sizes: [1], ids: ["m10."] });
});

test("what is found stands newest first on pages that are full", async () => {
  const { sizes, ids } = await pages({ q: "999." });
  const wanted = Array.from({ length: MESSAGES }, (_, i) => `m${i + 1}.`).filter((id) => id.endsWith("999."));
  expect(ids).toEqual(wanted.reverse());
  expect(sizes.every((size) => size <= 50)).toBe(true);
});

test("what no index tells is looked for farther back, where no text is compared", async () => {
  expect(LOOKED_THROUGH).toBeGreaterThan(MESSAGES);
  expect((await pages({ batchCode: "none" })).sizes).toEqual([0]);
});

test("a page before a moment begins there", async () => {
  const { messages, next } = await listMessages(db, { q: "m5", until: T0 + 60_000, limit: 50 });
  expect(messages.map(({ id }) => id)).toEqual([
    "m59.",
    "m58.",
    "m57.",
    "m56.",
    "m55.",
    "m54.",
    "m53.",
    "m52.",
    "m51.",
    "m50.",
    "m5.",
  ]);
  expect(next).toBeUndefined();
});

test.each(["%", "_", "\\", '"', "'"])("%s is a character like any other", async (sign) => {
  expect((await listMessages(db, { q: `7${sign}7`, limit: 1 })).messages).toEqual([]);
});
