/** A statement whose answer was lost: nothing lost, nothing doubled, every figure right, and no false word about it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { DIRECTORY_CHANGED, sameRevision } from "../../src/queue/admitted.ts";
import { countLive } from "../../src/queue/backlog.ts";
import { cancelMessage } from "../../src/queue/cancel.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import type { Claimed, NewMessage, Settlement } from "../../src/queue/message.ts";
import { recordRejected } from "../../src/queue/rejected.ts";
import { rescheduleMessage } from "../../src/queue/reschedule.ts";
import { retryMessage } from "../../src/queue/retry.ts";
import { settle } from "../../src/queue/settle.ts";
import { claim as claimTurn } from "../../src/reports/claim.ts";
import { settleAnswered, settleFailed } from "../../src/reports/settle.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";

/** After the server's work; and before it, which nobody can tell from outside. */
const LOST: Fault[] = ["drop", "cut", "garble", "unsent"];
const ANSWER = { refused: [], callAgain: false, idleDueAt: T0 + 60_000 };

interface Queue {
  proxy: FaultProxy;
  /** Through the proxy. */
  db: Database;
  /** Past it. */
  direct: Database;
  account: number;
}

async function queue(skip: (why: string) => never): Promise<Queue> {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = database(new RemoteClient({ url: server.url, token: undefined }));
  await migrate(direct, T0);
  await addTenant(direct);
  await direct.client.execute("update tenants set client_base_url = 'http://127.0.0.1:9'");
  const account = await addAccount(direct);
  return { proxy, db: database(new RemoteClient({ url: proxy.url, token: undefined })), direct, account };
}

const COUNTED = `
  select case state when 'ready' then 'active' when 'sending' then 'active' else state end as kind, count(*) as count
  from messages where state in ('scheduled', 'ready', 'held', 'sending') group by 1 order by 1`;
const KEPT = "select kind, count from backlog where count <> 0 order by 1";

async function expectBacklogRight(db: Database): Promise<void> {
  expect(await rows(db, KEPT)).toEqual(await rows(db, COUNTED));
}

async function ids(db: Database): Promise<string[]> {
  return (await rows<{ id: string }>(db, "select id from messages order by id")).map(({ id }) => id);
}

const IN_MINUTES = `
  select total(sent) as gmp_sent_total, total(failed) as gmp_errors_total, total(deferred) as gmp_deferred_total
  from rollups where tenant_id = ''`;

/** With which the minutes agree. */
async function totals(db: Database): Promise<Record<string, number>> {
  const found = await rows<{ name: string; value: number }>(
    db,
    "select name, sum(value) as value from counters group by 1",
  );
  const counted = Object.fromEntries(found.map(({ name, value }) => [name, value]));
  const [inMinutes] = await rows(db, IN_MINUTES);
  expect({ gmp_sent_total: 0, gmp_errors_total: 0, gmp_deferred_total: 0, ...counted }).toMatchObject({ ...inMinutes });
  return counted;
}

test("messages whose commit was not answered are taken once, and the caller hears of it", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  for (const [n, fault] of LOST.entries()) {
    proxy.next = [fault];
    const group = [newMessage(account, `a${n}`), newMessage(account, `b${n}`, { dueAt: T0 + 60_000 })];
    expect(await enqueue(db, group, T0)).toEqual([undefined, undefined]);
  }
  expect(await ids(direct)).toHaveLength(2 * LOST.length);
  expect(await rows(direct, "select count(*) as n from payloads")).toMatchObject([{ n: 2 * LOST.length }]);
  await expectBacklogRight(direct);
});

test("a message canceled or sent again by hand, whose commit was not answered: once, and the caller hears of it", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  await enqueue(direct, [newMessage(account, "a")], T0);
  const types: string[] = [];
  for (const [n, fault] of LOST.entries()) {
    const now = T0 + 2 * n;
    proxy.next = [fault];
    expect(await cancelMessage(db, { seq: 1, now, retentionMs: RETENTION_MS })).toBeUndefined();
    await expectBacklogRight(direct);
    proxy.next = [fault];
    expect(await retryMessage(db, { seq: 1, now: now + 1, expiryMs: 60_000 })).toBeUndefined();
    await expectBacklogRight(direct);
    types.push("canceled", "retried");
  }
  expect((await rows<{ type: string }>(direct, "select type from events order by id")).map(({ type }) => type)).toEqual(
    types,
  );
});

test("another moment for a message, whose commit was not answered: once, and the caller hears of it", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  await enqueue(direct, [newMessage(account, "a")], T0);
  for (const [n, fault] of LOST.entries()) {
    const dueAt = T0 + (n + 1) * 60_000;
    proxy.next = [fault];
    expect(await rescheduleMessage(db, { seq: 1, dueAt, now: T0 + n, expiryMs: 60_000 })).toBeUndefined();
    expect(await rows(direct, "select state, deferred_at from messages")).toMatchObject([
      { state: "scheduled", deferred_at: dueAt },
    ]);
    await expectBacklogRight(direct);
  }
  expect(await rows(direct, "select type from events")).toEqual(LOST.map(() => ({ type: "rescheduled" })));
});

test("where the database stays away the caller is told, and a repetition under the same ids doubles nothing", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  proxy.always = () => "drop";
  const group = () => [newMessage(account, "a"), newMessage(account, "b")];
  await expect(enqueue(db, group(), T0)).rejects.toMatchObject({ outcome: "unknown" });
  proxy.always = () => "pass";
  await claim(direct, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
  expect(await enqueue(db, group(), T0 + 1_000)).toEqual(["being sent", undefined]);
  expect(await ids(direct)).toEqual(["a", "b"]);
  await expectBacklogRight(direct);
});

test("a commit that comes late, after it was made again, changes nothing", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  proxy.next = ["late"];
  await enqueue(db, [newMessage(account, "a"), newMessage(account, "b")], T0);
  const { claimed } = await claim(direct, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
  await settle(
    direct,
    claimed.map((own) => sent(own)),
    T0,
    RETENTION_MS,
  );
  await proxy.deliver();
  expect(await ids(direct)).toEqual(["a", "b"]);
  expect(await countLive(direct)).toEqual({ scheduled: 0, ready: 1, held: 0, sending: 0 });
  await expectBacklogRight(direct);
});

test("a replacement that was not answered is told as one, also where the message went out meanwhile", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  for (const [n, fault] of LOST.entries()) {
    const [id, other] = [`a${n}`, `b${n}`];
    await enqueue(direct, [newMessage(account, id), newMessage(account, other)], T0);
    proxy.next = ["pass", fault];
    const later = newMessage(account, id, { dueAt: T0 + 60_000 });
    expect(await enqueue(db, [later, newMessage(account, `c${n}`)], T0 + n + 1)).toEqual([undefined, undefined]);
    expect(await rows(direct, "select state from messages where id = :id", { id })).toMatchObject([
      { state: "scheduled" },
    ]);
    await expectBacklogRight(direct);
  }
});

test("a replacement that was sent before anybody could look is told as one", async ({ skip }) => {
  const { proxy, direct, account } = await queue(skip);
  const later = T0 + 10_000;
  await enqueue(direct, [newMessage(account, "a")], T0);
  const sendIt = async () => {
    const { claimed } = await claim(direct, [{ accountKey: account, want: 1 }], later, LEASE_MS);
    await settle(
      direct,
      claimed.map((own) => sent(own)),
      later,
      RETENTION_MS,
    );
  };
  let requests = 0;
  const client = new RemoteClient({
    url: proxy.url,
    token: undefined,
    fetch: async (request, init) => {
      requests += 1;
      if (requests === 3) await sendIt(); // insert, replace, and now the look
      return fetch(request, init);
    },
  });
  proxy.next = ["pass", "drop"];
  expect(await enqueue(database(client), [newMessage(account, "a")], later)).toEqual([undefined]);
  expect(requests).toBe(3);
  expect(await enqueue(direct, [newMessage(account, "a")], later + 1)).toEqual(["already sent"]);
});

test("of two messages under one id in one commit the later stands, though its replacement never arrived at first", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  const named = (subject: string) => {
    const one = newMessage(account, "x");
    return { ...one, content: { ...one.content, subject } };
  };
  proxy.next = ["pass", "unsent"];
  expect(await enqueue(db, [named("first"), named("second")], T0)).toEqual([undefined, undefined]);
  expect(await rows(direct, "select subject from payloads")).toEqual([{ subject: "second" }]);
});

test("a replacement is guarded as an insertion is: a key that was revoked between the two replaces nothing", async ({
  skip,
}) => {
  const { proxy, direct, account } = await queue(skip);
  await enqueue(direct, [newMessage(account, "x")], T0);
  const [directory] = await rows<{ revision: number }>(direct, "select revision from directory");
  const guard = sameRevision(directory!.revision);
  let requests = 0;
  const revoking = new RemoteClient({
    url: proxy.url,
    token: undefined,
    async fetch(request, init) {
      requests += 1;
      if (requests === 2) await direct.client.execute("update tenants set api_key_hash = 'another'");
      return fetch(request, init);
    },
  });
  const late = newMessage(account, "x");
  const content = { ...late.content, subject: "by a revoked key" };
  const answer = await enqueue(database(revoking), [{ ...late, content }], T0 + 5, guard);
  expect(answer).toBe(DIRECTORY_CHANGED);
  expect(await rows(direct, "select subject from payloads")).toEqual([{ subject: "Subject of x" }]);
});

test("a claim that was not answered goes on with what it took", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  const other = await addAccount(direct, "acme", { id: "other" });
  const group = ["a", "b", "c"].flatMap((id) => [newMessage(account, id), newMessage(other, `${id}-other`)]);
  await enqueue(direct, group, T0);
  proxy.next = ["drop"];
  const wanted = [
    { accountKey: account, want: 2 },
    { accountKey: other, want: 1 },
  ];
  const { claimed } = await claim(db, wanted, T0, LEASE_MS);
  expect(claimed.map(({ id }) => id)).toEqual(["a", "b", "a-other"]);
  expect(claimed[0]?.content.subject).toBe("Subject of a");
  expect(await countLive(direct)).toMatchObject({ sending: 3 });
  expect(
    await settle(
      db,
      claimed.map((own) => sent(own)),
      T0,
      RETENTION_MS,
    ),
  ).toEqual([]);
});

test("a claim that took nothing fails, and takes its messages the next time", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  await enqueue(direct, [newMessage(account, "a")], T0);
  proxy.next = ["unsent"];
  const wanted = [{ accountKey: account, want: 1 }];
  await expect(claim(db, wanted, T0, LEASE_MS)).rejects.toMatchObject({ outcome: "unknown" });
  expect((await claim(db, wanted, T0, LEASE_MS)).claimed).toHaveLength(1);
});

test("a settlement that was not answered is no lost lease, and is counted and told once", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  for (const fault of ["drop", "cut", "garble"] as const) {
    await enqueue(
      direct,
      ["a", "b", "c", "d"].map((id) => newMessage(account, `${id}-${fault}`)),
      T0,
    );
    const [a, b, c, d] = (await claim(direct, [{ accountKey: account, want: 4 }], T0, LEASE_MS)).claimed;
    const group: Settlement[] = [
      sent(a!),
      sent(b!, { state: "error", error: "refused", event: { type: "error", data: {} } }),
      sent(c!, { state: "scheduled", dueAt: T0 + 60_000, event: { type: "deferred", data: {} } }),
      sent(d!, { state: "ready", counts: false, event: null, attempts: 0, recipients: d!.recipients }),
    ];
    proxy.next = [fault];
    expect(await settle(db, group, T0, RETENTION_MS)).toEqual([]);
    expect(await settle(db, group, T0 + 500, RETENTION_MS)).toEqual([]);
    await rows(direct, "delete from messages where state = 'ready'");
    await rows(direct, "update backlog set count = count - 1 where kind = 'active'");
    await expectBacklogRight(direct);
  }
  expect(await totals(direct)).toEqual({ gmp_sent_total: 3, gmp_errors_total: 3, gmp_deferred_total: 3 });
  expect(await rows(direct, "select type, count(*) as n from events group by 1 order by 1")).toMatchObject([
    { type: "deferred", n: 3 },
    { type: "error", n: 3 },
    { type: "sent", n: 3 },
  ]);
  expect(await rows(direct, "select sum(count) as n from grants")).toMatchObject([{ n: 9 }]);
});

test("a settlement that came late is a lost lease all the same", async ({ skip }) => {
  const { db, direct, account } = await queue(skip);
  await enqueue(direct, [newMessage(account, "a"), newMessage(account, "b")], T0);
  const [a, b] = (await claim(direct, [{ accountKey: account, want: 2 }], T0, LEASE_MS)).claimed;
  await wakeDue(direct, T0 + LEASE_MS, 10);
  expect(await settle(db, [sent(a!), sent(b!)], T0 + LEASE_MS, RETENTION_MS)).toEqual([sent(a!), sent(b!)]);
  const [again] = (await claim(direct, [{ accountKey: account, want: 1 }], T0 + LEASE_MS, LEASE_MS)).claimed;
  await settle(direct, [sent(again!)], T0 + LEASE_MS, RETENTION_MS);
  expect(await settle(db, [sent(a!)], T0 + LEASE_MS, RETENTION_MS)).toEqual([sent(a!)]);
});

test("rejected messages are kept, told and counted once", async ({ skip }) => {
  const { proxy, db, direct } = await queue(skip);
  for (const [n, fault] of LOST.entries()) {
    proxy.next = [fault];
    await recordRejected(db, [{ pk: `pk${n}`, tenantId: "acme", id: `r${n}`, reason: "no" }], T0, RETENTION_MS);
  }
  expect(await ids(direct)).toHaveLength(LOST.length);
  expect(await rows(direct, "select count(*) as n from events")).toMatchObject([{ n: LOST.length }]);
  expect(await totals(direct)).toEqual({ gmp_errors_total: LOST.length });
});

test("a report turn that was not answered is ours, and so is its end", async ({ skip }) => {
  const { proxy, db, direct, account } = await queue(skip);
  for (const [n, fault] of LOST.entries()) {
    const now = T0 + n * 10_000;
    await enqueue(direct, [newMessage(account, `m${n}`)], now);
    const { claimed } = await claim(direct, [{ accountKey: account, want: 1 }], now, LEASE_MS);
    await settle(
      direct,
      claimed.map((own) => sent(own)),
      now,
      RETENTION_MS,
    );
    proxy.next = [fault];
    const turn = await claimTurn(db, "acme", now);
    expect(turn?.events).toMatchObject([{ message_id: `m${n}` }]);

    const end = () => settleAnswered(db, turn!, ANSWER, now + 1);
    proxy.next = [fault];
    const first = await end().catch(() => "unknown");
    expect(first).toBe(fault === "unsent" ? "unknown" : true);
    expect(await end()).toBe(true); // as the reporter would, which never gives up what an endpoint has answered
  }
  expect(await rows(direct, "select id from events where report_at is not null")).toEqual([]);
  expect(await rows(direct, "select failures, token, batch_id from syncs")).toMatchObject([
    { failures: 0, token: null, batch_id: null },
  ]);
});

test("a report claim that comes late, after its repetition was told, begins a batch of another id", async ({
  skip,
}) => {
  const { proxy, db, direct, account } = await queue(skip);
  const send = async (id: string) => {
    await enqueue(direct, [newMessage(account, id)], T0);
    const { claimed } = await claim(direct, [{ accountKey: account, want: 9 }], T0, LEASE_MS);
    await settle(
      direct,
      claimed.map((one) => sent(one)),
      T0,
      RETENTION_MS,
    );
  };
  await send("a");
  proxy.next = ["late"];
  const first = (await claimTurn(db, "acme", T0))!;
  expect(await settleAnswered(direct, first, ANSWER, T0 + 50)).toBe(true);
  await send("b");
  await proxy.deliver();
  const next = (await claimTurn(direct, "acme", T0 + 20_000))!;
  expect(next.eventIds).not.toEqual(first.eventIds);
  expect(next.batchId).not.toBe(first.batchId);
});

test("a failed report call is noted once; the end of a turn that another process has taken is not ours", async ({
  skip,
}) => {
  const { proxy, db, direct } = await queue(skip);
  const turn = await claimTurn(db, "acme", T0);
  proxy.next = ["drop"];
  expect(await settleFailed(db, turn!, { retryAt: T0 + 5_000, reason: "away" }, T0 + 1)).toBe(true);
  expect(await rows(direct, "select failures, last_error from syncs")).toMatchObject([
    { failures: 1, last_error: "away" },
  ]);

  const lost = await claimTurn(db, "acme", T0 + 10_000);
  const next = await claimTurn(direct, "acme", T0 + 40_000);
  expect(await settleAnswered(direct, next!, ANSWER, T0 + 40_001)).toBe(true);
  expect(await settleAnswered(db, lost!, ANSWER, T0 + 40_002)).toBe(false);
});

interface World extends Queue {
  now: number;
  names: number;
  accepted: NewMessage[];
  held: Claimed[];
  finished: string[];
}

const EVENT = { sent: "sent", error: "error", scheduled: "deferred", ready: null } as const;

type Step = (world: World) => Promise<void>;

/** Calls until it succeeds, as whoever makes it does above. */
async function stubbornly<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    const outcome = await run().then(
      (value) => ({ value }),
      () => undefined,
    );
    if (outcome !== undefined) return outcome.value;
  }
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()).map(
    ([count, later]): Step =>
      async (world) => {
        const group = Array.from({ length: count }, () => `m${++world.names}`);
        const messages = () =>
          group.map((id) => newMessage(world.account, id, { dueAt: world.now + (later ? 60_000 : 0) }));
        // A client sends what was not answered again, under the same ids; the service makes new pks for it.
        await stubbornly(() => enqueue(world.db, messages(), world.now));
        world.accepted.push(...messages());
      },
  ),
  fc.integer({ min: 1, max: 6 }).map(
    (want): Step =>
      async (world) => {
        const wanted = [{ accountKey: world.account, want }];
        const { claimed } = await stubbornly(() => claim(world.db, wanted, world.now, LEASE_MS));
        world.held.push(...claimed);
      },
  ),
  fc.constantFrom<Settlement["state"]>("sent", "error", "scheduled", "ready").map(
    (state): Step =>
      async (world) => {
        const group = world.held.splice(0).map((own) => {
          const type = EVENT[state];
          const event = type === null ? null : { type, data: {} };
          return sent(own, { state, event, counts: event !== null, dueAt: world.now + 60_000 });
        });
        expect(await stubbornly(() => settle(world.db, group, world.now, RETENTION_MS))).toEqual([]);
        if (state === "sent" || state === "error") world.finished.push(...group.map(({ seq }) => String(seq)));
      },
  ),
  fc.constant<Step>(async (world) => {
    world.now += 60_000;
    world.held = world.held.filter(({ leaseUntil }) => leaseUntil > world.now); // what was claimed too long ago is not ours
    await wakeDue(world.direct, world.now, 100);
  }),
  fc.constant<Step>((world) => world.proxy.deliver()),
);

const faults = fc.array(
  fc.constantFrom<Fault>("pass", "pass", "pass", "drop", "cut", "garble", "unsent", "late", 503),
  {
    minLength: 1,
    maxLength: 6,
  },
);

test("whatever is lost on the way, in whatever order: every message once, every event once, the backlog a count", {
  timeout: 120_000,
}, async ({ skip }) => {
  const world: World = { ...(await queue(skip)), now: T0, names: 0, accepted: [], held: [], finished: [] };
  const { proxy, direct } = world;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(steps, faults), { minLength: 4, maxLength: 12 }), async (walk) => {
      for (const [step, planned] of walk) {
        proxy.next = [...planned];
        await step(world);
        proxy.next = [];
      }
      await proxy.deliver();
      expect(await ids(direct)).toEqual(world.accepted.map(({ id }) => id).sort());
      await expectBacklogRight(direct);
      const told = await rows(direct, "select message from events where type in ('sent', 'error') order by message");
      expect(told.map(({ message }) => Number(message))).toEqual(world.finished.map(Number).sort((a, b) => a - b));
      const { gmp_sent_total = 0, gmp_errors_total = 0 } = await totals(direct);
      expect(gmp_sent_total + gmp_errors_total).toBe(world.finished.length);
    }),
    { numRuns: 25, endOnFailure: true }, // one database all through: a shorter walk would say nothing
  );
});
