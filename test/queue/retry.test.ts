/** What is done to one message by hand, in every state that it can be in. */
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { cancelMessage } from "../../src/queue/cancel.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { listMessages } from "../../src/queue/list.ts";
import type { NewMessage, Recipient, Settlement } from "../../src/queue/message.ts";
import { recordRejected } from "../../src/queue/rejected.ts";
import { retryMessage } from "../../src/queue/retry.ts";
import { settle } from "../../src/queue/settle.ts";
import { suspend } from "../../src/queue/suspend.ts";
import { timeline } from "../../src/queue/timeline.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";

const LATER = T0 + 1_000;
const EXPIRY_MS = 3_600_000;

interface World {
  db: Database;
  account: number;
}

/** An account with one message `m`, whose number is 1. */
async function withMessage(over: Partial<NewMessage> = {}, folder = temporaryFolder()): Promise<World> {
  const db = await testDatabase(folder);
  await addTenant(db);
  const account = await addAccount(db);
  await enqueue(db, [newMessage(account, "m", over)], T0);
  return { db, account };
}

/** One attempt that leaves the message in this state, its recipients as they are told. */
async function attempt(
  { db, account }: World,
  state: Settlement["state"],
  told: Pick<Recipient, "status">[] = [{ status: state === "sent" ? "sent" : "error" }],
): Promise<void> {
  const { claimed } = await claim(db, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
  const settlements = claimed.map((one) => {
    const { recipients } = sent(one);
    const dueAt = state === "scheduled" ? T0 + 600_000 : null;
    const event = { type: state === "scheduled" ? "deferred" : state, data: {} } as Settlement["event"];
    const after = recipients.map((recipient, at) => ({ ...recipient, ...told[at] }));
    return sent(one, { state, dueAt, error: "451 not now", recipients: after, event });
  });
  await settle(db, settlements, T0, RETENTION_MS);
}

const retry = ({ db }: World, now = LATER) => retryMessage(db, { seq: 1, now, expiryMs: EXPIRY_MS });
const cancel = ({ db }: World, now = LATER) => cancelMessage(db, { seq: 1, now, retentionMs: RETENTION_MS });

async function row({ db }: World) {
  const [found] = await rows<Record<string, unknown>>(db, "select * from messages where seq = 1");
  return found!;
}

const types = async ({ db }: World) => (await timeline(db, 1)).map(({ event }) => event);
const reportable = ({ db }: World) => rows(db, "select type from events where report_at is not null order by id");

test("what has failed goes back as if it were new, with a new end, and its timeline tells", async () => {
  const world = await withMessage();
  await attempt(world, "error");
  expect(await retry(world)).toBeUndefined();
  expect(await row(world)).toMatchObject({
    state: "ready",
    attempts: 0,
    error: null,
    finished_at: null,
    expires_at: LATER + EXPIRY_MS,
    wake_at: LATER + EXPIRY_MS,
    recipients: '[["to","a@example.net"]]',
  });
  expect(await types(world)).toEqual(["error", "retried"]);
  expect(await reportable(world)).toEqual([{ type: "error" }]);
  const { claimed } = await claim(world.db, [{ accountKey: world.account, want: 1 }], LATER, LEASE_MS);
  expect(claimed.map(({ id }) => id)).toEqual(["m"]);
});

test("a message put off goes at once, and is given up no later than it would have been", async () => {
  const world = await withMessage();
  await attempt(world, "scheduled", [{ status: "pending" }]);
  expect(await retry(world)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "ready", deferred_at: LATER, expires_at: T0 + 86_400_000 });
});

test("only those recipients are tried again who have not accepted", async () => {
  const recipients = ["a", "b", "c"].map((name) => ({ kind: "to" as const, address: `${name}@example.net` }));
  const world = await withMessage({ recipients });
  await attempt(world, "sent", [{ status: "sent" }, { status: "error" }, { status: "sent" }]);
  expect(await retry(world)).toBeUndefined();
  const { claimed } = await claim(world.db, [{ accountKey: world.account, want: 1 }], LATER, LEASE_MS);
  expect(claimed[0]?.recipients.map(({ address, status }) => [address, status])).toEqual([
    ["a@example.net", "sent"],
    ["b@example.net", "pending"],
    ["c@example.net", "sent"],
  ]);
});

test("a message of a suspended batch waits with its batch", async () => {
  const world = await withMessage({ batchCode: "june" });
  await attempt(world, "error");
  await suspend(world.db, "acme", "june", T0);
  expect(await retry(world)).toBeUndefined();
  expect((await row(world)).state).toBe("held");
});

test("what waits is canceled, kept for the time that finished messages are, and nobody is told", async () => {
  const world = await withMessage({ dueAt: T0 + 60_000 });
  expect(await cancel(world)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "canceled", finished_at: LATER, wake_at: LATER + RETENTION_MS });
  expect(await types(world)).toEqual(["canceled"]);
  expect(await reportable(world)).toEqual([]);
  const { messages } = await listMessages(world.db, { status: "canceled", limit: 10 });
  expect(messages).toMatchObject([{ id: "m", status: "canceled", sent_ts: null, error_ts: null }]);
  expect(await retry(world, LATER + 1)).toBeUndefined();
  expect((await row(world)).state).toBe("ready");
});

test("a message that some have accepted ends as sent when the rest of it is canceled, and is reported", async () => {
  const recipients = ["a", "b"].map((name) => ({ kind: "to" as const, address: `${name}@example.net` }));
  const world = await withMessage({ recipients });
  await attempt(world, "scheduled", [{ status: "sent" }, { status: "pending" }]);
  expect(await cancel(world)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "sent", error: "canceled" });
  expect(await types(world)).toEqual(["deferred", "sent", "canceled"]);
  expect(await reportable(world)).toEqual([{ type: "deferred" }, { type: "sent" }]);
  expect(await rows(world.db, "select value from counters where name = 'gmp_sent_total'")).toEqual([{ value: 1 }]);
});

const refusals: [
  state: string,
  prepare: (world: World) => Promise<unknown>,
  retried: RegExp | null,
  canceled: RegExp | null,
][] = [
  ["sent", (world) => attempt(world, "sent"), /every recipient has it/, /it was sent/],
  [
    "being sent",
    ({ db, account }) => claim(db, [{ accountKey: account, want: 1 }], T0, LEASE_MS),
    /being sent/,
    /being sent/,
  ],
  ["ready", async () => undefined, /waits already/, null],
  ["held", ({ db }) => suspend(db, "acme", "*", T0), /activated/, null],
  [
    "held back by a limit",
    ({ db }) => rows(db, "update messages set rate_limited = 1 where seq = 1"),
    /rate limit/,
    null,
  ],
  [
    "of a deleted account",
    async (world) => {
      await attempt(world, "error");
      await rows(world.db, "update accounts set deleted_at = 1");
    },
    /account was deleted/,
    /failed already/,
  ],
  ["canceled", (world) => cancel(world, T0), null, /canceled already/],
];
test.each(refusals)(
  "a message that is %s: what can be done, and what cannot in words",
  async (_, prepare, retried, canceled) => {
    for (const [verb, words] of [
      [retry, retried],
      [cancel, canceled],
    ] as const) {
      const world = await withMessage();
      await prepare(world);
      const before = await row(world);
      const refused = await verb(world);
      if (words === null) expect(refused).toBeUndefined();
      else {
        expect(refused).toMatch(words);
        expect(await row(world)).toEqual(before);
      }
    }
  },
);

test("a message that was refused when it came in cannot be sent again; one that is gone neither", async () => {
  const db = await testDatabase();
  await addTenant(db);
  await recordRejected(db, [{ pk: "p", tenantId: "acme", id: "m", reason: "to: is required" }], T0, RETENTION_MS);
  const world = { db, account: 0 };
  expect(await retry(world)).toMatch(/refused when it came in/);
  await rows(db, "delete from messages");
  expect([await retry(world), await cancel(world)]).toEqual(["it is gone", "it is gone"]);
});

test("a claim and a cancellation of one moment: the message goes, or it is canceled, never both", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const other = await openTestDatabase(folder);
  await addTenant(db);
  const account = await addAccount(db);
  const ids = Array.from({ length: 40 }, (_, n) => `m${n}`);
  await enqueue(
    db,
    ids.map((id) => newMessage(account, id)),
    T0,
  );
  const claiming = (async () => {
    const taken: number[] = [];
    for (let n = 0; n < 20; n++) {
      const { claimed } = await claim(other, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
      taken.push(...claimed.map(({ seq }) => seq));
    }
    return taken;
  })();
  const canceled: number[] = [];
  for (let seq = 1; seq <= ids.length; seq++) {
    if ((await cancelMessage(db, { seq, now: T0, retentionMs: RETENTION_MS })) === undefined) canceled.push(seq);
  }
  const taken = await claiming;
  expect(taken.filter((seq) => canceled.includes(seq))).toEqual([]);
  const states = await rows<{ state: string; n: number }>(db, "select state, count(*) as n from messages group by 1");
  const counts = Object.fromEntries(states.map(({ state, n }) => [state, n]));
  expect(counts).toEqual({
    ...(taken.length > 0 ? { sending: taken.length } : {}),
    ...(canceled.length > 0 ? { canceled: canceled.length } : {}),
  });
});
