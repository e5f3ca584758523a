import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { countLive } from "../../src/queue/backlog.ts";
import { claim, renew } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { look } from "../../src/queue/look.ts";
import { removeMessages } from "../../src/queue/remove.ts";
import { settle } from "../../src/queue/settle.ts";
import { activate, suspend } from "../../src/queue/suspend.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";

async function queue(): Promise<{ db: Database; account: number }> {
  const db = await testDatabase();
  await addTenant(db);
  return { db, account: await addAccount(db) };
}

const state = async (db: Database, id: string) =>
  (await rows<{ state: string }>(db, "select state from messages where id = :id", { id }))[0]?.state;
const take = async (db: Database, accountKey: number, now = T0, want = 100) =>
  (await claim(db, [{ accountKey, want }], now, LEASE_MS)).claimed;

test("messages leave by priority, then first in, first out", async () => {
  const { db, account } = await queue();
  const ids = [
    ["low", 3],
    ["a", 2],
    ["b", 2],
    ["now", 0],
    ["high", 1],
  ] as const;
  await enqueue(
    db,
    ids.map(([id, priority]) => newMessage(account, id, { priority })),
    T0,
  );
  expect((await take(db, account)).map(({ id }) => id)).toEqual(["now", "high", "a", "b", "low"]);
});

test("a claim tells who has more than was taken, and counts neither what has expired nor what is suspended", async () => {
  const { db, account } = await queue();
  const [rich, poor, rested] = [
    account,
    await addAccount(db, "acme", { id: "poor" }),
    await addAccount(db, "acme", { id: "rested" }),
  ];
  await enqueue(
    db,
    [
      ...["a", "b", "c"].map((id) => newMessage(rich, id)),
      ...["d", "e"].map((id) => newMessage(poor, id)),
      newMessage(poor, "stale", { expiresAt: T0 + 1_000 }),
      newMessage(rested, "f"),
      newMessage(rested, "g", { batchCode: "later" }),
    ],
    T0,
  );
  await db.client.execute("insert into suspensions (tenant_id, batch_code, created_at) values ('acme', 'later', 0)");
  const wanted = [
    { accountKey: rich, want: 2 },
    { accountKey: poor, want: 2 },
    { accountKey: rested, want: 1 },
  ];
  const { claimed, left } = await claim(db, wanted, T0 + 1_000, LEASE_MS);
  expect(claimed.map(({ id }) => id)).toEqual(["a", "b", "d", "e", "f"]);
  expect([...left]).toEqual([rich]);
});

test("a claimed message carries its content and its open recipients", async () => {
  const { db, account } = await queue();
  const message = newMessage(account, "m", {
    recipients: [
      { kind: "to", address: "a@example.net" },
      { kind: "bcc", address: "b@example.net" },
    ],
  });
  await enqueue(db, [message], T0);
  const [claimed] = await take(db, account);
  expect(claimed).toMatchObject({ id: "m", pk: message.pk, tenantId: "acme", attempts: 0, content: message.content });
  expect(claimed!.recipients).toMatchObject([
    { kind: "to", address: "a@example.net", status: "pending" },
    { kind: "bcc", address: "b@example.net", status: "pending" },
  ]);
});

test("a message that is waiting is replaced under the same id; one in flight or sent is not", async () => {
  const { db, account } = await queue();
  const first = newMessage(account, "m");
  expect(await enqueue(db, [first], T0)).toEqual([undefined]);
  const again = newMessage(account, "m", {
    content: { ...first.content, subject: "New" },
    recipients: [{ kind: "to", address: "z@example.net" }],
  });
  expect(await enqueue(db, [newMessage(account, "other"), again], T0)).toEqual([undefined, undefined]);
  const claimed = (await take(db, account)).find(({ id }) => id === "m")!;
  expect(claimed).toMatchObject({
    pk: first.pk,
    content: { subject: "New" },
    recipients: [{ kind: "to", address: "z@example.net", status: "pending" }],
  });
  expect(await enqueue(db, [newMessage(account, "m")], T0)).toEqual(["being sent"]);
  await settle(db, [sent(claimed)], T0, RETENTION_MS);
  expect(await enqueue(db, [newMessage(account, "m")], T0)).toEqual(["already sent"]);
});

test("the Message-ID that an application chose is kept beside its message, and goes with what it was replaced by", async () => {
  const { db, account } = await queue();
  const chosen = (id: string, message_id?: string) => {
    const message = newMessage(account, id);
    return { ...message, content: { ...message.content, message_id } };
  };
  const kept = async () =>
    (
      await rows(db, "select i.message_id, m.id from message_ids i join messages m on m.seq = i.message order by 2")
    ).map((row) => Object.values(row).join(" of "));
  await enqueue(db, [chosen("a", "<one@shop.example>"), chosen("b", "two@shop.example"), chosen("c")], T0);
  expect(await kept()).toEqual(["one@shop.example of a", "two@shop.example of b"]);
  await enqueue(db, [chosen("a", "<three@shop.example>"), chosen("b"), chosen("c", "<four@shop.example>")], T0);
  expect(await kept()).toEqual(["three@shop.example of a", "four@shop.example of c"]);
  await removeMessages(db, ["a"], "acme", []);
  expect(await kept()).toEqual(["four@shop.example of c"]);
});

test("of two messages under one id in one group the later one is kept", async () => {
  const { db, account } = await queue();
  const versions = ["one", "two", "three"].map((subject) =>
    newMessage(account, "m", { content: { from: "a@b.c", to: ["d@e.f"], subject } }),
  );
  expect(await enqueue(db, versions, T0)).toEqual([undefined, undefined, undefined]);
  expect((await take(db, account)).map(({ content }) => content.subject)).toEqual(["three"]);
});

test("a group whose answer was lost can be committed again", async () => {
  const { db, account } = await queue();
  const group = [newMessage(account, "a"), newMessage(account, "b")];
  await enqueue(db, group, T0);
  expect(await enqueue(db, group, T0)).toEqual([undefined, undefined]);
  const claimed = await take(db, account);
  expect(claimed).toHaveLength(2);
  expect(await enqueue(db, group, T0)).toEqual([undefined, undefined]);
  await settle(
    db,
    claimed.map((c) => sent(c)),
    T0,
    RETENTION_MS,
  );
  expect(await enqueue(db, group, T0)).toEqual([undefined, undefined]);
  expect(await take(db, account)).toEqual([]);
});

test("a deferred message is not claimed before its moment and wakes exactly then", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "later", { dueAt: T0 + 60_000 })], T0);
  expect((await look(db, T0)).nextWakeAt).toBe(T0 + 60_000);
  await wakeDue(db, T0 + 59_999, 100);
  expect(await take(db, account, T0 + 59_999)).toEqual([]);
  await wakeDue(db, T0 + 60_000, 100);
  expect((await take(db, account, T0 + 60_000)).map(({ id }) => id)).toEqual(["later"]);
});

test("a message whose worker died is sent again after its lease, and the worker can settle it no more", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "m")], T0);
  const [lost] = await take(db, account);
  await wakeDue(db, T0 + LEASE_MS - 1, 100);
  expect(await state(db, "m")).toBe("sending");
  await wakeDue(db, T0 + LEASE_MS, 100);
  const [second] = await take(db, account, T0 + LEASE_MS);
  expect(second!.pk).toBe(lost!.pk);
  expect(await settle(db, [sent(lost!)], T0 + LEASE_MS, RETENTION_MS)).toHaveLength(1);
  expect(await state(db, "m")).toBe("sending");
  expect(await rows(db, "select type from events where report_at is not null")).toEqual([]);
  expect(await settle(db, [sent(second!)], T0 + LEASE_MS, RETENTION_MS)).toEqual([]);
  expect(await state(db, "m")).toBe("sent");
  expect(await rows(db, "select outcome_unknown from messages")).toEqual([{ outcome_unknown: 1 }]);
});

test("a renewed lease holds", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "m")], T0);
  const claimed = await take(db, account);
  await renew(db, claimed, T0 + 60_000, LEASE_MS);
  await wakeDue(db, T0 + LEASE_MS, 100);
  expect(await take(db, account, T0 + LEASE_MS)).toEqual([]);
});

test("settling twice writes one event, one grant and one total", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "m")], T0);
  const [claimed] = await take(db, account);
  await settle(db, [sent(claimed!)], T0, RETENTION_MS);
  await settle(db, [sent(claimed!)], T0, RETENTION_MS);
  expect(await rows(db, "select type, data, report_at from events")).toEqual([
    {
      type: "sent",
      data: '{"smtp_code":250,"recipients":[["to","a@example.net","sent",250,"2.0.0","ok"]]}',
      report_at: T0,
    },
  ]);
  expect(await rows(db, "select count from grants")).toEqual([{ count: 1 }]);
  expect(await rows(db, "select name, tenant_id, account_id, value from counters")).toEqual([
    { name: "gmp_sent_total", tenant_id: "acme", account_id: "default", value: 1 },
  ]);
  expect(await rows(db, "select recipients from messages")).toEqual([
    { recipients: '[["to","a@example.net","sent",250,"2.0.0","ok"]]' },
  ]);
});

test("a message that expires is given up and reported, also while its account is paused", async () => {
  const { db, account } = await queue();
  await rows(db, "update accounts set faults = 1, paused_until = :until", { until: T0 + 10_000_000 });
  await enqueue(db, [newMessage(account, "m", { expiresAt: T0 + 1_000 })], T0);
  const woken = await wakeDue(db, T0 + 1_000, 100);
  expect([...woken]).toEqual(["acme"]);
  expect(await state(db, "m")).toBe("error");
  expect(await rows(db, "select type, json_extract(data, '$.error') as error from events")).toEqual([
    { type: "error", error: "expired" },
  ]);
});

test("a message whose time is over is not claimed, however many others are to be given up first", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "late", { expiresAt: T0 + 1 }), newMessage(account, "good")], T0);
  expect((await take(db, account, T0 + 1)).map(({ id }) => id)).toEqual(["good"]);
});

test("a renewal answers which leases are lost", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "kept"), newMessage(account, "lost")], T0);
  const [kept, lost] = await take(db, account);
  await rows(db, "update messages set token = 1 where id = 'lost'");
  expect(await renew(db, [kept!, lost!], T0 + 60_000, LEASE_MS)).toEqual([lost]);
  expect([kept!.leaseUntil, lost!.leaseUntil]).toEqual([T0 + 60_000 + LEASE_MS, T0 + LEASE_MS]);
});

test("a paused account gives nothing, and after its pause one message at a time until it has proved well", async () => {
  const { db, account } = await queue();
  await enqueue(
    db,
    ["a", "b", "c"].map((id) => newMessage(account, id)),
    T0,
  );
  await rows(db, "update accounts set faults = 1, paused_until = :until", { until: T0 + 30_000 });
  expect(await take(db, account, T0 + 29_999)).toEqual([]);
  expect((await look(db, T0)).candidates[0]).toMatchObject({ slots: 0, pausedUntil: T0 + 30_000 });
  expect(await take(db, account, T0 + 30_000)).toHaveLength(1);
  expect(await take(db, account, T0 + 30_000)).toEqual([]);
});

test("of an old and a new lease of one message in one group, the new one settles", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "m"), newMessage(account, "other")], T0);
  const [old, other] = await take(db, account);
  const later = T0 + LEASE_MS + 1;
  await renew(db, [other!], later, LEASE_MS);
  await wakeDue(db, later, 100);
  const [again] = (await claim(db, [{ accountKey: account, want: 1 }], later, LEASE_MS)).claimed;
  const group = [sent(old!), sent(again!), sent(other!)];
  expect(await settle(db, group, later, RETENTION_MS)).toEqual([group[0]]);
  expect(await rows(db, "select state from messages")).toEqual([{ state: "sent" }, { state: "sent" }]);
  expect(await rows(db, "select count(*) as n from events where type = 'sent'")).toEqual([{ n: 2 }]);
});

test("what is given back while its tenant is suspended waits with the others", async () => {
  const { db, account } = await queue();
  await enqueue(db, [newMessage(account, "m")], T0);
  const [claimed] = await take(db, account);
  await suspend(db, "acme", "*", T0);
  await settle(db, [sent(claimed!, { state: "ready", counts: false, event: null })], T0, RETENTION_MS);
  expect(await state(db, "m")).toBe("held");
  await activate(db, "acme", "*");
  expect(await state(db, "m")).toBe("ready");
});

test("suspending and activating thousands holds up no other writer for long, and reaches all of them", async () => {
  const { db, account } = await queue();
  await enqueue(
    db,
    Array.from({ length: 2_500 }, (_, n) => newMessage(account, `m${n}`)),
    T0,
  );
  const suspending = suspend(db, "acme", "*", T0);
  expect(await take(db, account)).toEqual([]); // between two slices
  await suspending;
  expect(await countLive(db)).toMatchObject({ ready: 0, held: 2_500 });
  await activate(db, "acme", "*");
  expect(await countLive(db)).toMatchObject({ ready: 2_500, held: 0 });
});
