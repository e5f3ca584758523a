/** Pages of emails: whatever is asked for is found, page after page, at a cost that does not grow with the table. */
import { v7 as uuid } from "uuid";
import { expect, test } from "vitest";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { type EmailFilter, LOOKED_AT, listEmails, type Turn } from "../../src/queue/email-list.ts";
import { readEmails, readWholeEmail } from "../../src/queue/emails.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { PROGRESS_WORDS, type Progress } from "../../src/queue/progress.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, newMessage, T0 } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";
import { plan, watch } from "../support/statements.ts";

const HOUR_MS = 3_600_000;

interface World {
  db: Database;
  account: number;
}

async function world(): Promise<World> {
  const db = await testDatabase();
  await addTenant(db);
  return { db, account: await addAccount(db) };
}

/** One message, taken in at this moment. */
function add({ db, account }: World, id: string, over: Partial<NewMessage> = {}, at = T0) {
  return enqueue(db, [newMessage(account, id, { pk: uuid({ msecs: at }), ...over })], at);
}

async function subjects({ db }: World, filter: Partial<EmailFilter> = {}, turn: Partial<Turn> = {}) {
  const { emails, hasMore, total } = await listEmails(
    db,
    { tenantId: "acme", ...filter },
    { offset: 0, limit: 100, ...turn },
  );
  return { subjects: emails.map(({ subject }) => subject.replace("Subject of ", "")), hasMore, total };
}

const found = async (given: World, filter: Partial<EmailFilter>) => (await subjects(given, filter)).subjects;

/** How a message comes to stand so: changes of its row, and what was heard of it. */
const STANDING: Record<Progress, { row?: string; heard?: string[] }> = {
  queued: {},
  scheduled: { row: "state = 'scheduled', deferred_at = 1" },
  deferred: { row: "state = 'scheduled', attempts = 1, error = '451 later'" },
  sending: { row: "state = 'sending'" },
  sent: { row: "state = 'sent', attempts = 1", heard: ["sent"] },
  delivered: { row: "state = 'sent'", heard: ["sent", "delayed", "delivered"] },
  delayed: { row: "state = 'sent'", heard: ["sent", "delayed"] },
  bounced: { row: "state = 'sent'", heard: ["sent", "bounce", "delivered"] },
  complained: { row: "state = 'sent'", heard: ["sent", "complaint", "bounce"] },
  suppressed: { row: "state = 'error', error = 'suppressed'", heard: ["error"] },
  failed: { row: "state = 'error', error = '550 no'", heard: ["error"] },
  canceled: { row: "state = 'canceled'" },
};

async function stand({ db }: World, id: string, { row, heard = [] }: { row?: string; heard?: string[] }) {
  if (row !== undefined) await rows(db, `update messages set ${row} where id = :id`, { id });
  for (const type of heard)
    await rows(
      db,
      "insert into events (tenant_id, message, type, at, data) select 'acme', seq, :type, 1, '{}' from messages where id = :id",
      { id, type },
    );
}

test("every way in which a message can stand has its word, and is found by it, and by no other", async () => {
  const given = await world();
  for (const word of PROGRESS_WORDS) {
    await add(given, word);
    await stand(given, word, STANDING[word]);
  }
  const { emails } = await listEmails(given.db, { tenantId: "acme" }, { offset: 0, limit: 100 });
  expect(emails.map(({ progress }) => progress)).toEqual([...PROGRESS_WORDS].reverse());
  for (const word of PROGRESS_WORDS) expect(await found(given, { progress: [word] })).toEqual([word]);
  expect(await found(given, { progress: ["failed", "queued"] })).toEqual(["failed", "queued"]);
});

test("a ready message that a limit holds back is put off; one of a suspended batch is queued", async () => {
  const given = await world();
  for (const id of ["limited", "held"]) await add(given, id);
  await stand(given, "limited", { row: "rate_limited = 1" });
  await stand(given, "held", { row: "state = 'held', rate_limited = 1" });
  expect(await found(given, { progress: ["deferred"] })).toEqual(["limited"]);
  expect(await found(given, { progress: ["queued"] })).toEqual(["held"]);
});

test("pages lead from the newest to the oldest and back, and tell whether there are more", async () => {
  const given = await world();
  for (const id of ["a", "b", "c", "d", "e"]) await add(given, id);
  expect(await subjects(given, {}, { limit: 2 })).toEqual({ subjects: ["e", "d"], hasMore: true, total: 5 });
  expect(await subjects(given, {}, { limit: 2, after: 4 })).toEqual({ subjects: ["c", "b"], hasMore: true, total: 5 });
  expect(await subjects(given, {}, { limit: 2, after: 2 })).toEqual({ subjects: ["a"], hasMore: false, total: 5 });
  expect(await subjects(given, {}, { limit: 2, before: 2 })).toEqual({ subjects: ["d", "c"], hasMore: true, total: 5 });
  expect(await subjects(given, {}, { limit: 2, before: 3 })).toEqual({
    subjects: ["e", "d"],
    hasMore: false,
    total: 5,
  });
  expect(await subjects(given, {}, { limit: 2, offset: 4 })).toEqual({ subjects: ["a"], hasMore: false, total: 5 });
});

test("by recipient, sender, subject and tag: a part of it, whatever stands in it, and never another tenant's", async () => {
  const given = await world();
  await addTenant(given.db, "globex");
  const { content } = newMessage(given.account, "ann");
  await add(given, "ann", {
    recipients: [{ kind: "bcc", address: "Ann_1@example.net" }],
    content: { ...content, from: "Shop <shop@example.org>", subject: "100% ann", tags: { kind: "order", first: "" } },
  });
  await add(given, "bob", { content: { ...content, subject: "bob" } });
  await add(given, "theirs", { tenantId: "globex", content: { ...content, subject: "theirs" } });
  expect(await found(given, { to: "ann_1@" })).toEqual(["100% ann"]);
  expect(await found(given, { to: "ann%" })).toEqual([]);
  expect(await found(given, { from: "shop@example.org" })).toEqual(["100% ann"]);
  expect(await found(given, { subject: "0% A" })).toEqual(["100% ann"]);
  for (const tag of ["kind", "kind:order", "first"]) expect(await found(given, { tag })).toEqual(["100% ann"]);
  for (const tag of ["order", "kin", "first:x"]) expect(await found(given, { tag })).toEqual([]);
  expect(await found(given, {})).toEqual(["bob", "100% ann"]);
});

test("by time: whatever came at its very edges, also where it was stored later than it was given its pk", async () => {
  const given = await world();
  const at = [T0, T0 + HOUR_MS, T0 + 2 * HOUR_MS];
  for (const [n, moment] of at.entries()) await add(given, `m${n}`, {}, moment);
  const [first = 0, second = 0, third = 0] = at;
  expect(await found(given, { since: second })).toEqual(["m2", "m1"]);
  expect(await found(given, { until: second })).toEqual(["m1", "m0"]);
  expect(await found(given, { since: first + 1, until: third - 1 })).toEqual(["m1"]);
  expect(await found(given, { since: third + 1 })).toEqual([]);
  expect(await found(given, { since: third + 24 * HOUR_MS })).toEqual([]);
  expect(await found(given, { until: first - 24 * HOUR_MS })).toEqual([]);
  await add(given, "slow", { pk: uuid({ msecs: third }) }, third + 60_000);
  expect(await found(given, { since: third + 60_000 })).toEqual(["slow"]);
});

test("by time: also what was stored in another order than its pks tell", async () => {
  const given = await world();
  await add(given, "early", {}, T0 - HOUR_MS);
  await add(given, "a", { pk: uuid({ msecs: T0 + 2 }) }, T0 + 3);
  await add(given, "b", { pk: uuid({ msecs: T0 + 1 }) }, T0 + 3);
  await add(given, "late", {}, T0 + HOUR_MS);
  expect(await found(given, { since: T0 + 3, until: T0 + 3 })).toEqual(["b", "a"]);
});

/** As if so many had come since. */
async function bury({ db, account }: World, count: number): Promise<void> {
  await rows(
    db,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)
     insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, size, created_at)
     select 'ffffffff-ffff-' || i, 'acme', 'x' || i, :account, 2, 'sent', 0, 0, 1, :at from n`,
    { count, account, at: T0 + 24 * HOUR_MS },
  );
}

test("what is filtered is looked for among the newest, or the newest of a time; what still waits, anywhere", async () => {
  const given = await world();
  await add(given, "old");
  await add(given, "waits");
  await stand(given, "old", { row: "state = 'sent'" });
  await bury(given, LOOKED_AT);
  expect(await subjects(given, { subject: "old" })).toEqual({ subjects: [], hasMore: false, total: 0 });
  expect(await found(given, { subject: "old", until: T0 + HOUR_MS })).toEqual(["old"]);
  expect(await found(given, { progress: ["queued"] })).toEqual(["waits"]);
  expect(await subjects(given, {}, { after: 2 })).toMatchObject({ subjects: ["old"], total: LOOKED_AT });
  expect(await subjects(given, {}, { offset: LOOKED_AT })).toMatchObject({ subjects: [], hasMore: false });
});

test("large contents are read a few at a time, and only where a page or a filter needs them", async () => {
  const given = await world();
  for (const id of ["a", "b", "c"]) await add(given, id);
  const characters = 40 * 1024 * 1024; // three are more than what is looked at for a sender, and each more than is read at once
  await rows(given.db, "update messages set size = :characters", { characters });
  const watched = watch(given.db);
  await listEmails(watched.db, { tenantId: "acme" }, { offset: 0, limit: 100 });
  expect(watched.roundTrips).toBe(1 + 3);
  expect(await subjects(given, {}, { before: 1 })).toMatchObject({ subjects: ["c", "b"] });
  expect(await found(given, { from: "app@" })).toEqual(["c", "b"]);
  expect(await found(given, { subject: "subject" })).toEqual(["c", "b", "a"]);
});

test("what was refused when it came in has nothing to show but that", async () => {
  const given = await world();
  await add(given, "m");
  await rows(given.db, "delete from payloads");
  expect(await readEmails(given.db, [{ seq: 1, size: 0 }])).toMatchObject([
    { subject: "", said: { from: "", to: [] } },
  ]);
  expect(await readWholeEmail(given.db, 1)).toMatchObject({ html: null, text: null, raw: null, files: [] });
});

test("a libSQL server, which takes no value that a statement does not name, finds the same", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const db = database(new RemoteClient({ url: server.url, token: undefined }));
  await migrate(db, T0);
  await addTenant(db);
  const given = { db, account: await addAccount(db) };
  for (const id of ["a", "b", "c"]) await add(given, id);
  const everything = { progress: ["queued"], to: "a@", from: "app@", since: T0, until: T0 } as const;
  expect(await subjects(given, { ...everything, subject: "of b" })).toEqual({
    subjects: ["b"],
    hasMore: false,
    total: 1,
  });
  expect(await found(given, { tag: "none" })).toEqual([]);
  expect(await subjects(given, {}, { after: 3, limit: 1 })).toEqual({ subjects: ["b"], hasMore: true, total: 3 });
  expect(await readWholeEmail(db, 1)).toMatchObject({ text: "Hello", files: [], raw: null });
});

const RANGE = /SEARCH m USING INDEX messages_tenant \(tenant_id=\? AND seq>\?/;
const plans: [what: string, filter: Partial<EmailFilter>, turn: Partial<Turn>, step: RegExp][] = [
  ["the newest", {}, {}, /SEARCH m USING INDEX messages_tenant \(tenant_id=\?\)/],
  ["those behind one", {}, { after: 5 }, /SEARCH m USING INDEX messages_tenant \(tenant_id=\? AND seq<\?\)/],
  ["those before one", {}, { before: 5 }, RANGE],
  ["by number", {}, { offset: 40 }, RANGE],
  ["by subject", { subject: "a" }, {}, RANGE],
  ["by sender", { from: "a" }, {}, RANGE],
  ["by what became of them", { progress: ["bounced"] }, {}, RANGE],
  ["of a time", { since: T0, until: T0 + 1 }, {}, RANGE],
  ["that wait", { progress: ["queued"] }, {}, /SCAN messages USING (COVERING )?INDEX messages_live/],
];
test.each(plans)("a page and its count come from an index: %s", async (_, filter, turn, step) => {
  const given = await world();
  await add(given, "m");
  const watched = watch(given.db);
  await listEmails(watched.db, { tenantId: "acme", ...filter }, { offset: 0, limit: 10, ...turn });
  for (const statement of watched.statements) {
    const steps = (await plan(given.db, statement)).join("\n");
    expect(steps).not.toMatch(
      /SCAN (messages|m|p|e|payloads|events)($| (?!USING (COVERING )?INDEX messages_(live|sending)))/m,
    );
    if (!statement.sql.includes("select m.seq, m.size")) continue;
    expect(steps).toMatch(step);
    // What waits is few and is sorted; else the page ends as soon as it is full.
    if (filter.progress?.[0] !== "queued") expect(steps).not.toMatch(/USE TEMP B-TREE FOR ORDER BY$/);
  }
});
