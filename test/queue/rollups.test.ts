/** What happened in each minute agrees with the totals, after whatever came, by however many processes. */
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type Entry, record } from "../../src/bounces/record.ts";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { WAIT_COLUMNS } from "../../src/db/rollups.ts";
import { WAIT_BOUNDS_MS } from "../../src/db/schema.ts";
import { cancelMessage } from "../../src/queue/cancel.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { deferHead, rejectHead } from "../../src/queue/holdback.ts";
import type { Claimed } from "../../src/queue/message.ts";
import { recordRejected } from "../../src/queue/rejected.ts";
import { failWaiting } from "../../src/queue/remove.ts";
import { rescheduleMessage } from "../../src/queue/reschedule.ts";
import { retryMessage } from "../../src/queue/retry.ts";
import { bucketOf, waitingSince } from "../../src/queue/rollups.ts";
import { settle } from "../../src/queue/settle.ts";
import { PRUNE_ROLLUPS, sweepReported } from "../../src/reports/retention.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { deleteTenant } from "../../src/tenancy/removal.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";
import { plan, watch } from "../support/statements.ts";

/** By column of `rollups` the total that `/metrics` shows. */
const TOTALS = {
  sent: "gmp_sent_total",
  failed: "gmp_errors_total",
  deferred: "gmp_deferred_total",
  rate_limited: "gmp_rate_limited_total",
  bounced: "mail_proxy_bounces_total",
  complained: "mail_proxy_complaints_total",
};
const COLUMNS = Object.keys(TOTALS);
const MINUTE_MS = 60_000;
const TENANTS = ["acme", "zeta"] as const;

const sums = (columns: readonly string[]) => columns.map((column) => `sum(${column}) as ${column}`).join(", ");
const KEPT = `
  select tenant_id, account_id, ${sums(COLUMNS)} from rollups where account_id <> '' group by 1, 2 order by 1, 2`;
const KEPT_OF_TENANTS = `
  select tenant_id, ${sums(COLUMNS)} from rollups where tenant_id <> '' and account_id = '' group by 1 order by 1`;
const TOTAL = Object.entries(TOTALS).map(([column, name]) => `sum(iif(name = '${name}', value, 0)) as ${column}`);
const NAMES = Object.values(TOTALS).map((name) => `'${name}'`);
const COUNTED = `
  select tenant_id, account_id, ${TOTAL} from counters
  where name in (${NAMES}) and account_id <> '' group by 1, 2 order by 1, 2`;
const COUNTED_OF_TENANTS = `
  select tenant_id, ${TOTAL} from counters where name in (${NAMES}) group by 1 order by 1`;
const minutes = (which: string, columns: readonly string[]) =>
  `select minute, ${sums(columns)} from rollups where ${which} group by 1 order by 1`;

async function expectAgreement(db: Database): Promise<void> {
  expect(await rows(db, KEPT)).toEqual(await rows(db, COUNTED));
  expect(await rows(db, KEPT_OF_TENANTS)).toEqual(await rows(db, COUNTED_OF_TENANTS));
  const ofTenants = "tenant_id <> '' and account_id = ''";
  const all = [...COLUMNS, ...WAIT_COLUMNS];
  expect(await rows(db, minutes("tenant_id = ''", all))).toEqual(await rows(db, minutes(ofTenants, all)));
  // What no account had was not sent.
  const sentOnly = ["sent", ...WAIT_COLUMNS];
  const counted = (found: object[]) => found.filter((row) => Reflect.get(row, "sent") > 0);
  expect(counted(await rows(db, minutes("account_id <> ''", sentOnly)))).toEqual(
    counted(await rows(db, minutes(ofTenants, sentOnly))),
  );
}

/** Random steps are taken on it by one process or the other; `held` is what is or was under lease. */
interface World {
  processes: Database[];
  accounts: Record<(typeof TENANTS)[number], number>;
  now: number;
  held: Claimed[];
  count: number;
}

type Step = (world: World, db: Database) => Promise<unknown>;
const tenant = fc.constantFrom(...TENANTS);
/** Milliseconds; often enough of the bucket that is looked for below. */
const wait = fc.oneof(fc.nat(9_000_000), fc.constant(2 ** 20));

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.record({ tenantId: tenant, brief: fc.boolean() }), { minLength: 1, maxLength: 6 }).map(
      (list): Step =>
        (world, db) => {
          const group = list.map(({ tenantId, brief }) => {
            const expiresAt = world.now + (brief ? 30_000 : 86_400_000);
            const recipients = ["a", "b"].map((name) => ({ kind: "to" as const, address: `${name}@example.net` }));
            const over = { tenantId, expiresAt, dueAt: world.now, recipients };
            return newMessage(world.accounts[tenantId], `m${world.count++}`, over);
          });
          return enqueue(db, group, world.now);
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(tenant, fc.integer({ min: 1, max: 4 })).map(
      ([tenantId, want]): Step =>
        async (world, db) => {
          const wanted = [{ accountKey: world.accounts[tenantId], want }];
          world.held.push(...(await claim(db, wanted, world.now, LEASE_MS)).claimed);
        },
    ),
  },
  // Also of leases that are over, and twice; of some one recipient has accepted, and the other is open.
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom("sent", "error", "scheduled", "partly", "ready"), fc.nat(3), wait).map(
      ([outcome, keep, waitMs]): Step =>
        (world, db) => {
          const group = world.held.map((one) => {
            const end = sent(one, { waitMs: outcome === "sent" ? waitMs : undefined });
            if (outcome === "sent") return end;
            if (outcome === "ready")
              return { ...end, state: "ready" as const, event: null, recipients: one.recipients };
            if (outcome === "error")
              return { ...end, state: "error" as const, event: { type: "error" as const, data: {} } };
            const [first, ...others] = end.recipients;
            const open = others.map((other) => ({ ...other, status: "pending" as const }));
            const recipients = outcome === "partly" ? [first!, ...open] : one.recipients;
            const event = { type: "deferred" as const, data: {} };
            return { ...end, state: "scheduled" as const, dueAt: world.now + 20_000, recipients, event };
          });
          world.held = world.held.slice(0, keep);
          return settle(db, group, world.now, RETENTION_MS);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 90_000 }).map(
      (ms): Step =>
        (world, db) => {
          world.now += ms;
          return wakeDue(db, world.now, 5);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(tenant, fc.boolean()).map(
      ([id, reject]): Step =>
        ({ accounts, now }, db) =>
          reject
            ? rejectHead(db, accounts[id], now, 2, RETENTION_MS)
            : deferHead(db, accounts[id], now + 5_000, now, 2),
    ),
  },
  {
    weight: 1,
    arbitrary: tenant.map(
      (id): Step =>
        ({ accounts, now }, db) =>
          failWaiting(db, accounts[id], "gone", now, RETENTION_MS),
    ),
  },
  {
    weight: 1,
    arbitrary: tenant.map(
      (tenantId): Step =>
        (world, db) => {
          const refused = { pk: crypto.randomUUID(), tenantId, id: `m${world.count++}`, reason: "no recipient" };
          return recordRejected(db, [refused], world.now, RETENTION_MS);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map(
      (n): Step =>
        async (world, db) => {
          world.now += 1;
          const found = await rows<{ seq: number }>(db, "select seq from messages");
          const { seq } = found[n % Math.max(found.length, 1)] ?? { seq: 0 };
          await cancelMessage(db, { seq, now: world.now, retentionMs: RETENTION_MS });
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom("bounce", "complaint"), fc.array(fc.nat(), { maxLength: 4 })).map(
      ([type, picks]): Step =>
        async ({ now }, db) => {
          const found = await rows<{ seq: number; pk: string; tenant_id: string }>(
            db,
            "select seq, pk, tenant_id from messages",
          );
          const entries = picks.flatMap((n): Entry[] => {
            const message = found[n % Math.max(found.length, 1)];
            if (message === undefined) return [];
            const { seq, pk, tenant_id: tenantId } = message;
            return [{ message: seq, pk, tenantId, type, origin: `${type} a@example.net`, data: {} }];
          });
          await record(db, entries, now);
        },
    ),
  },
);

async function run(processes: Database[], list: readonly [Step, number][]): Promise<Record<string, number | null>> {
  const [db] = processes;
  for (const id of TENANTS) await addTenant(db!, id);
  const [acme, zeta] = [await addAccount(db!, "acme"), await addAccount(db!, "zeta")];
  const world: World = { processes, accounts: { acme, zeta }, now: T0, held: [], count: 0 };
  for (const [step, n] of list) {
    await step(world, processes[n % processes.length]!);
    await expectAgreement(db!);
  }
  const [found] = await rows<Record<string, number | null>>(
    db!,
    `select ${sums([...COLUMNS, "wait_20"])} from rollups`,
  );
  return found!;
}

const story = fc.array(fc.tuple(steps, fc.nat(1)), { minLength: 15, maxLength: 50, size: "max" });

test("after every step of two processes on one file the minutes add up to the totals, and the sum row to the accounts'", async () => {
  const happened = new Set<string>();
  await fc.assert(
    fc.asyncProperty(story, async (list) => {
      const folder = temporaryFolder();
      const processes = [await testDatabase(folder), await openTestDatabase(folder)];
      for (const [column, count] of Object.entries(await run(processes, list))) if (count) happened.add(column);
      for (const { client } of processes) client.close();
    }),
    { numRuns: 40 },
  );
  // Nothing is proved of what has not happened.
  expect([...happened].sort()).toEqual([...COLUMNS, "wait_20"].sort());
}, 120_000);

test("the same on a libSQL server", { timeout: 120_000 }, async ({ skip }) => {
  for (const list of fc.sample(story, { numRuns: 4, seed: 8 })) {
    const server = await startSqld();
    if ("unavailable" in server) return skip(server.unavailable);
    const processes = [1, 2].map(() => database(new RemoteClient({ url: server.url, token: undefined })));
    await migrate(processes[0]!, T0);
    await run(processes, list);
    for (const { client } of processes) client.close();
  }
});

test("a settle whose answer was lost counts once", { timeout: 60_000 }, async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = database(new RemoteClient({ url: server.url, token: undefined }));
  onTestFinished(() => direct.client.close());
  await migrate(direct, T0);
  await addTenant(direct);
  const account = await addAccount(direct);
  const db = database(new RemoteClient({ url: proxy.url, token: undefined }));
  onTestFinished(() => db.client.close());
  for (const [n, fault] of (["drop", "cut", "garble", "unsent"] as const).entries()) {
    await enqueue(direct, [newMessage(account, `m${n}`)], T0);
    const { claimed } = await claim(direct, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
    const group = claimed.map((one) => sent(one, { waitMs: 5 }));
    proxy.next = [fault];
    // As the settler does with what it does not know to be written down.
    await settle(db, group, T0, RETENTION_MS).catch(() => settle(db, group, T0, RETENTION_MS));
  }
  await expectAgreement(direct);
  expect(await rows(direct, "select sent, wait_3 from rollups where tenant_id = ''")).toEqual([{ sent: 4, wait_3: 4 }]);
});

test("a settle costs one statement more, whatever the number of its accounts", async () => {
  const db = await testDatabase();
  await addTenant(db);
  const accounts = [await addAccount(db), await addAccount(db, "acme", { id: "other" })];
  await enqueue(
    db,
    Array.from({ length: 40 }, (_, n) => newMessage(accounts[n % 2]!, `m${n}`)),
    T0,
  );
  const wanted = accounts.map((accountKey) => ({ accountKey, want: 50 }));
  const { claimed } = await claim(db, wanted, T0, LEASE_MS);
  const watched = watch(db);
  const group = claimed.map((one, n) => sent(one, n % 3 === 0 ? { waitMs: 700 } : {}));
  await settle(watched.db, group, T0, RETENTION_MS);
  const own = watched.statements.filter(({ sql }) => sql.includes("into rollups"));
  expect([watched.roundTrips, own.length]).toEqual([1, 1]);
  const steps = (await plan(db, own[0]!)).join("\n");
  expect(steps).toMatch(/^SCAN r VIRTUAL TABLE/);
  expect(steps).toMatch(/SEARCH a USING INTEGER PRIMARY KEY \(rowid=\?\)/);
  expect(steps).not.toMatch(/SCAN (?!r VIRTUAL)/);
  expect(await rows(db, "select account_id, sent, wait_10 from rollups order by tenant_id, 1")).toEqual([
    { account_id: "", sent: 40, wait_10: 14 },
    { account_id: "", sent: 40, wait_10: 14 },
    { account_id: "default", sent: 20, wait_10: 7 },
    { account_id: "other", sent: 20, wait_10: 7 },
  ]);
});

test("enqueue and claim write nothing of it", async () => {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db);
  const watched = watch(db);
  await enqueue(watched.db, [newMessage(account, "a")], T0);
  await claim(watched.db, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
  expect(watched.statements.filter(({ sql }) => sql.includes("rollups"))).toEqual([]);
});

test("what happened in the last moment of a minute and the first of the next stands in two", async () => {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db);
  await enqueue(db, [newMessage(account, "a"), newMessage(account, "b")], T0);
  const { claimed } = await claim(db, [{ accountKey: account, want: 2 }], T0, LEASE_MS);
  const next = (Math.floor(T0 / MINUTE_MS) + 1) * MINUTE_MS;
  await settle(db, [sent(claimed[0]!)], next - 1, RETENTION_MS);
  await settle(db, [sent(claimed[1]!)], next, RETENTION_MS);
  expect(await rows(db, "select minute, sent from rollups where tenant_id = '' order by 1")).toEqual([
    { minute: next / MINUTE_MS - 1, sent: 1 },
    { minute: next / MINUTE_MS, sent: 1 },
  ]);
});

test("after 30 days they go, by an index, and not a minute earlier", async () => {
  const db = await testDatabase();
  const now = T0;
  const oldest = Math.floor(now / MINUTE_MS) - 30 * 24 * 60;
  for (const minute of [oldest - 1, oldest, oldest + 1])
    await rows(db, "insert into rollups (tenant_id, minute, account_id) values ('', :minute, '')", { minute });
  await sweepReported(db, now, RETENTION_MS, 10);
  expect(await rows(db, "select minute from rollups order by 1")).toEqual([{ minute: oldest }, { minute: oldest + 1 }]);
  const steps = await plan(db, { sql: PRUNE_ROLLUPS, args: { minute: oldest as never, limit: 10 as never } });
  expect(steps.join("\n")).toMatch(/SEARCH r USING COVERING INDEX rollups_minute \(minute<\?\)/);
});

test("a tenant's go with it, and what they added to the sum of all stays", async () => {
  const db = await testDatabase();
  for (const id of TENANTS) await addTenant(db, id);
  const refused = TENANTS.map((tenantId, n) => ({ pk: `pk${n}`, tenantId, id: "m", reason: "no recipient" }));
  await recordRejected(db, refused, T0, RETENTION_MS);
  await deleteTenant(db, "acme", { force: true });
  expect(await rows(db, "select tenant_id, failed from rollups order by 1")).toEqual([
    { tenant_id: "", failed: 2 },
    { tenant_id: "zeta", failed: 1 },
  ]);
});

test.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [1_024, 10],
  [1_025, 11],
  [WAIT_BOUNDS_MS.at(-1)!, 22],
  [WAIT_BOUNDS_MS.at(-1)! + 1, 23],
  [86_400_000, 23],
])("a wait of %i ms stands in bucket %i", (waitMs, bucket) => {
  expect(bucketOf(waitMs)).toBe(bucket);
});

const DUE = T0 + 3_600_000;

/** Of one message that was claimed at `DUE`, after what was done with it. */
async function since(
  over: Parameters<typeof newMessage>[2],
  after: (db: Database, claimAgain: () => Promise<Claimed>) => Promise<unknown>,
) {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db);
  await enqueue(db, [newMessage(account, "a", over)], T0);
  const claimed = async () => {
    await wakeDue(db, DUE + 600_000, 10);
    const found = await claim(db, [{ accountKey: account, want: 1 }], DUE + 600_000, LEASE_MS);
    return found.claimed[0]!;
  };
  await after(db, claimed);
  return waitingSince(await claimed());
}

const nothing = async () => undefined;
const { content } = newMessage(0, "a");
const WISHED = { dueAt: DUE, content: { ...content, deferred_ts: DUE / 1000 } };
const putOff = async (db: Database, claimed: () => Promise<Claimed>) => {
  const event = { type: "deferred" as const, data: {} };
  const end = sent(await claimed(), { state: "scheduled", dueAt: DUE + 300_000, error: "450 later", event });
  await settle(db, [{ ...end, recipients: [] }], DUE + 1, RETENTION_MS);
};

test("a message waits since it was accepted", async () => {
  expect(await since({}, nothing)).toBe(T0);
});
test("one that was to go later waits since then, also after an attempt that was put off", async () => {
  expect(await since(WISHED, nothing)).toBe(DUE);
  expect(await since(WISHED, putOff)).toBe(DUE);
});
test("a temporary refusal is no wish of anybody's: its message has waited since it was accepted", async () => {
  expect(await since({}, putOff)).toBe(T0);
});
test("neither is a limit", async () => {
  expect(await since({}, (db) => deferHead(db, 1, DUE, T0, 1))).toBe(T0);
});
test("who gives it another moment by hand moves that, also before an attempt that was put off", async () => {
  const move = (db: Database) => rescheduleMessage(db, { seq: 1, dueAt: DUE, now: T0 + 1, expiryMs: 86_400_000 });
  expect(await since({}, move)).toBe(DUE);
  expect(
    await since({}, async (db, claimed) => {
      await move(db);
      await putOff(db, claimed);
    }),
  ).toBe(DUE);
});
test("one that is sent again by hand waits since then", async () => {
  const again = (db: Database) => retryMessage(db, { seq: 1, now: DUE, expiryMs: 86_400_000 });
  const canceled = async (db: Database) => {
    await cancelMessage(db, { seq: 1, now: T0 + 5, retentionMs: RETENTION_MS });
    await again(db);
  };
  expect(await since({}, canceled)).toBe(DUE);
  expect(
    await since({}, async (db, claimed) => {
      await canceled(db);
      await putOff(db, claimed);
    }),
  ).toBe(DUE);
});
