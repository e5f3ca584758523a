/** Who unsubscribes: the links by which they do, and what becomes of the wish in the database. */
import fc from "fast-check";
import { v7 as uuid } from "uuid";
import { expect, test } from "vitest";
import { unsubscribe } from "../../src/bounces/unsubscribe.ts";
import { fits, UnsubscribeLinks, unsubscribeBase, unsubscribeFields } from "../../src/bounces/unsubscribe-link.ts";
import { type Database, rows } from "../../src/db/database.ts";
import { customField } from "../../src/mime/mail-header.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { cleanup } from "../../src/reports/retention.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, newMessage, T0 } from "../support/queue.ts";

const BASE = "https://mail.example.com";
const links = async () => new UnsubscribeLinks(await openVault(generateKey()));
const tokenIn = (link: string) => link.slice(link.lastIndexOf("/") + 1);

const wishes = fc.record({
  tenantId: fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }).filter((id) => !id.includes("\0")),
  pk: fc.uuid({ version: 7 }),
  address: fc.emailAddress(),
});

test("a link says whose mail, which message and which recipient, and fits into the mail's header wherever it is said to fit", async () => {
  const own = await links();
  await fc.assert(
    fc.asyncProperty(wishes, async (wish) => {
      const link = await own.link(BASE, wish);
      expect(await own.read(tokenIn(link))).toEqual(wish);
      expect(await own.link(BASE, wish)).toBe(link);
      for (const [name, value] of unsubscribeFields(link)) expect(() => customField(name, value)).not.toThrow();
      expect(link.length).toBeLessThan(995);
    }),
  );
  const longest = { tenantId: "t", address: `${"a".repeat(60)}@example.com` };
  while (fits(BASE, { ...longest, tenantId: `${longest.tenantId}ß` })) longest.tenantId += "ß";
  const link = await own.link(BASE, { ...longest, pk: uuid() });
  expect(link.length).toBeGreaterThan(985);
  for (const [name, value] of unsubscribeFields(link)) expect(() => customField(name, value)).not.toThrow();
});

test("a link with any letter changed is none, and neither is one that another key has signed", async () => {
  const own = await links();
  const wish = { tenantId: "acme", pk: uuid(), address: "bob@example.net" };
  const token = tokenIn(await own.link(BASE, wish));
  // Behind the last whole byte of a signature stand two bits that mean nothing.
  for (let at = 0; at < token.length - 1; at++) {
    const other = token[at] === "A" ? "B" : "A";
    expect(await own.read(token.slice(0, at) + other + token.slice(at + 1)), `at ${at}`).toBeUndefined();
  }
  for (const cut of [token.slice(1), token.slice(0, -1), "", ".", "x".repeat(5_000), `${token}A`])
    expect(await own.read(cut)).toBeUndefined();
  expect(await (await links()).read(token)).toBeUndefined();
});

test.each([
  ["https://mail.example.com", BASE],
  ["https://mail.example.com/", BASE],
  ["https://Mail.Example.com:443/proxy//?x=1#y", `${BASE}/proxy`],
  ["https://bücher.example/ä b", "https://xn--bcher-kva.example/%C3%A4%20b"],
  ["http://mail.example.com", undefined],
  ["https://", undefined],
  [undefined, undefined],
])("%s begins links as %s", (publicUrl, base) => {
  expect(unsubscribeBase(publicUrl)).toBe(base);
});

/** A message of `acme` that was sent to Bob@Example.net. */
async function sentMessage(): Promise<{ db: Database; wish: Parameters<typeof unsubscribe>[1] }> {
  const db = await testDatabase();
  await addTenant(db);
  const message = newMessage(await addAccount(db), "m1", {
    recipients: [{ kind: "to", address: "Bob@Example.net" }],
  });
  message.content = { ...message.content, tags: { campaign: "spring" } };
  await enqueue(db, [message], T0);
  await rows(db, "update messages set state = 'sent', finished_at = :now, wake_at = :now", { now: T0 });
  return { db, wish: { tenantId: "acme", pk: message.pk, address: "Bob@Example.net" } };
}

const list = (db: Database) =>
  rows(db, "select address, spelled, source, reason, pk, created_at, expires_at from suppressions");
const events = (db: Database) => rows<{ data: string }>(db, "select tenant_id, type, at, data, report_at from events");
const block = (db: Database, source: string, expiresAt: number | null) =>
  rows(
    db,
    `insert into suppressions (tenant_id, address, source, created_at, expires_at)
     values ('acme', 'bob@example.net', :source, 1, :expiresAt)`,
    { source, expiresAt },
  );

test("a wish, however often it comes, is one entry on the list and one event to report", async () => {
  const { db, wish } = await sentMessage();
  expect(await unsubscribe(db, wish, T0)).toBe("new");
  expect(await unsubscribe(db, wish, T0 + 1)).toBe("known");
  expect(await Promise.all([1, 2, 3].map((ms) => unsubscribe(db, wish, T0 + ms)))).toEqual(Array(3).fill("known"));
  const entry = { address: "bob@example.net", spelled: null, source: "unsubscribe", reason: null, pk: wish.pk };
  expect(await list(db)).toEqual([{ ...entry, created_at: T0, expires_at: null }]);
  const told = await events(db);
  expect(told).toMatchObject([{ tenant_id: "acme", type: "unsubscribed", at: T0, report_at: T0 }]);
  expect(JSON.parse(told[0]!.data)).toEqual({ recipients: [["to", "Bob@Example.net"]], tags: { campaign: "spring" } });
});

test("a link outlives its message: then there is only the entry on the list", async () => {
  const { db, wish } = await sentMessage();
  expect(await cleanup(db, undefined, 0, T0)).toBe(1);
  expect(await unsubscribe(db, wish, T0)).toBe("unheard");
  expect(await list(db)).toMatchObject([{ address: "bob@example.net", source: "unsubscribe" }]);
  expect(await events(db)).toEqual([]);
});

test("who was to be on the list until some day is on it for good; who is on it for good stays as he is", async () => {
  const { db, wish } = await sentMessage();
  await block(db, "bounce", T0 + 1_000);
  await unsubscribe(db, wish, T0);
  expect(await list(db)).toMatchObject([{ source: "unsubscribe", created_at: T0, expires_at: null }]);
  const another = await sentMessage();
  await block(another.db, "complaint", null);
  expect(await unsubscribe(another.db, another.wish, T0)).toBe("new");
  expect(await list(another.db)).toMatchObject([{ source: "complaint", created_at: 1 }]);
});

test("who was taken off the list by hand and asks again is on it again", async () => {
  const { db, wish } = await sentMessage();
  await unsubscribe(db, wish, T0);
  await rows(db, "delete from suppressions");
  expect(await unsubscribe(db, wish, T0)).toBe("known");
  expect(await list(db)).toHaveLength(1);
});

test("a tenant that is gone has no list any more", async () => {
  const { db, wish } = await sentMessage();
  await rows(db, "delete from tenants");
  await rows(db, "delete from messages");
  expect(await unsubscribe(db, wish, T0)).toBe("unheard");
  expect(await list(db)).toEqual([]);
});

test("of a message that goes to somebody else by now nothing is told", async () => {
  const { db, wish } = await sentMessage();
  await rows(db, `update messages set recipients = '[["to","eve@example.net"]]'`);
  expect(await unsubscribe(db, wish, T0)).toBe("unheard");
  expect(await list(db)).toMatchObject([{ address: "bob@example.net" }]);
  expect(await events(db)).toEqual([]);
});
