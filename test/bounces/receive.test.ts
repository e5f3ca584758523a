/** A mail that came back becomes events of the messages that it speaks of, once, and of none that it only pretends to speak of. */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { Marks } from "../../src/bounces/mark.ts";
import { type Arrived, Receiver } from "../../src/bounces/receive.ts";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { settle } from "../../src/queue/settle.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { openVault } from "../../src/security/vault.ts";
import { updateInstance } from "../../src/tenancy/instance.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { watchLog } from "../support/log.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";
import { plan, watch } from "../support/statements.ts";
import { bounce, bytes, complaint, receipt } from "./mails.ts";

const vault = await openVault("11".repeat(32));
const MARKING = "bounces+*@example.com";

interface Heard {
  receiver: Receiver;
  /** Tenants that were to be reported to. */
  reported: string[];
}

function receiverOn(db: Database, suppressionSeconds = 0): Heard {
  const reported: string[] = [];
  const on = {
    db,
    vault,
    config: { suppressionSeconds },
    now: () => T0,
    report: (id: string) => void reported.push(id),
  };
  return { receiver: new Receiver(on), reported };
}

/** A message that its server has taken, of a tenant with an account; answers it. */
async function sentMessage(db: Database, id: string, over: Partial<NewMessage> = {}): Promise<NewMessage> {
  const tenantId = over.tenantId ?? "acme";
  await addTenant(db, tenantId);
  return taken(db, await addAccount(db, tenantId), id, over);
}

/** The same, of an account that is there. */
async function taken(db: Database, account: number, id: string, over: Partial<NewMessage> = {}): Promise<NewMessage> {
  const message = newMessage(account, id, over);
  await enqueue(db, [message], T0);
  const { claimed } = await claim(db, [{ accountKey: account, want: 1 }], T0, LEASE_MS);
  await settle(
    db,
    claimed.map((one) => sent(one)),
    T0,
    RETENTION_MS,
  );
  return message;
}

const arrived = (mail: string, over: Partial<Arrived> = {}): Arrived => ({ raw: bytes(mail), way: "http", ...over });
const marked = (pattern: string) => (db: Database) => updateInstance(db, vault, { bounce_return_path: pattern }, T0);

async function kept(db: Database) {
  const [counts] = await rows(
    db,
    `select (select count(*) from notices) as notices, (select count(*) from events where type <> 'sent') as events,
      (select count(*) from suppressions) as suppressions`,
  );
  return { ...counts };
}
const NOTHING = { notices: 0, events: 0, suppressions: 0 };

/** The lines of the log about mail that came in, from now on. */
async function logged(): Promise<string[]> {
  const lines: string[] = [];
  const note = ({ message }: LogRecord) => void lines.push(message.join(""));
  await configure({
    reset: true,
    sinks: { note },
    loggers: [
      { category: ["mail-proxy", "bounces"], lowestLevel: "debug", sinks: ["note"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  onTestFinished(() => reset());
  return lines;
}

test("a bounce becomes an event of its message, and keeps mail from its recipient", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver, reported } = receiverOn(db, 60);
  const log = await logged();
  expect(await receiver.receive(arrived(bounce({ pk })))).toEqual({
    kind: "delivery",
    events: [{ tenantId: "acme", id: "m1", pk, type: "bounce", recipient: "a@example.net", repeated: false }],
    ignored: [],
  });
  expect(reported).toEqual(["acme"]);
  const [event] = await rows<{ data: string }>(db, "select data from events where type = 'bounce'");
  expect(JSON.parse(event!.data)).toMatchObject({ bounce_type: "hard", bounce_code: "5.1.1", smtp_code: 550 });
  expect(await rows(db, "select address, source, pk, expires_at from suppressions")).toEqual([
    { address: "a@example.net", source: "bounce", pk, expires_at: T0 + 60_000 },
  ]);
  expect(log).toEqual([
    `mail that came in by http, delivery <1@mx.example.net>: bounce of message m1 of tenant acme (${pk}) for a@example.net`,
  ]);
});

test("the line about a bounce or a complaint names the call that brought its message", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1", { requestId: "call-4711" });
  const { receiver } = receiverOn(db);
  const log = await watchLog();
  for (const mail of [bounce({ pk }), complaint({ pk })]) await receiver.receive(arrived(mail));
  expect(log.json()).toMatchObject([
    { event: "mail_received", types: ["bounce"], pks: [pk], request_ids: ["call-4711"] },
    { event: "mail_received", types: ["complaint"], pks: [pk], request_ids: ["call-4711"] },
  ]);
  expect(log.text()[0]).toMatch(/ for a@example\.net \(requests call-4711\)\n$/);
});

test("what was heard of a message keeps no news out of the one that has replaced it under its id", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver } = receiverOn(db);
  const soft = bounce({ pk, recipients: [{ address: "a@example.net", status: "4.4.7", code: 451 }] });
  expect(await receiver.receive(arrived(soft))).toMatchObject({ events: [{ repeated: false }] });
  await rows(db, "insert into pec_waits select seq, :now from messages", { now: T0 });
  // An attempt without an answer was the last one: nobody knows that a server has it, and the application sends it anew.
  await rows(
    db,
    `update messages set state = 'error', outcome_unknown = 1, recipients = '[["to","a@example.net","error"]]'`,
  );
  const [account] = await rows<{ key: number }>(db, "select key from accounts");
  await taken(db, account!.key, "m1");
  expect(await rows(db, "select (select pk from messages) as pk, (select count(*) from pec_waits) as waits")).toEqual([
    { pk, waits: 0 },
  ]);
  expect(await receiver.receive(arrived(soft))).toMatchObject({ events: [{ repeated: false }] });
  expect(await receiver.receive(arrived(soft))).toMatchObject({ events: [{ repeated: true }] });
});

test("a soft bounce, a delay and a success keep mail from nobody", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver } = receiverOn(db);
  const address = "a@example.net";
  for (const told of [
    { action: "failed", status: "4.2.2" },
    { action: "delayed", status: "4.4.1" },
    { action: "delivered", status: "2.0.0" },
  ] as const)
    await receiver.receive(arrived(bounce({ pk, identity: told.action, recipients: [{ address, ...told }] })));
  expect(await rows(db, "select type from events where type <> 'sent' order by id")).toEqual([
    { type: "bounce" },
    { type: "delayed" },
    { type: "delivered" },
  ]);
  expect(await kept(db)).toMatchObject({ suppressions: 0 });
});

test("a complaint is one whoever it is from, where the message has one recipient", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver } = receiverOn(db);
  const { events } = await receiver.receive(arrived(complaint({ pk })));
  expect(events).toMatchObject([{ type: "complaint", recipient: "a@example.net" }]);
  expect(await rows(db, "select source, expires_at from suppressions")).toEqual([
    { source: "complaint", expires_at: null },
  ]);
  const other = await sentMessage(db, "m2", { tenantId: "globex" });
  const notSpam = await receiver.receive(arrived(complaint({ pk: other.pk, type: "not-spam" })));
  expect(notSpam).toMatchObject({ kind: "feedback", events: [], ignored: [{ reason: "not a complaint" }] });
});

test("a receipt ends its message's wait, also one that comes again", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver } = receiverOn(db);
  for (const repeated of [false, true]) {
    await rows(db, "insert into pec_waits (message, due_at) select seq, 0 from messages");
    const { events } = await receiver.receive(arrived(receipt("accettazione", `<${pk}@example.com>`)));
    expect(events).toMatchObject([{ type: "pec_acceptance", recipient: null, repeated }]);
    expect(await rows(db, "select * from pec_waits")).toEqual([]);
  }
});

test("a receipt finds its message by the Message-ID that the application chose, also where all others have marks", async () => {
  const db = await testDatabase();
  await marked(MARKING)(db);
  const content = { from: "app@example.com", to: ["a@example.net"], subject: "m1", text: "Hello" };
  const { pk } = await sentMessage(db, "m1", { content: { ...content, message_id: "<own@shop.example>" } });
  const { receiver } = receiverOn(db);
  const mail = receipt("accettazione", "<own@shop.example>");
  const [own, foreign, stranger] = [
    await receiver.receive(arrived(mail, { tenantId: "acme" })),
    await receiver.receive(arrived(mail, { tenantId: "globex" })),
    await receiver.receive(arrived(mail)),
  ];
  expect(own.events).toMatchObject([{ pk, type: "pec_acceptance", repeated: false }]);
  expect(foreign).toMatchObject({ events: [], ignored: [{ reason: "no such message" }] });
  expect(stranger).toMatchObject({ events: [], ignored: [{ reason: "not signed" }] });
});

test("an id or a Message-ID that two tenants have chosen means neither, unless it is known whose mail it is", async () => {
  const db = await testDatabase();
  const mine = await sentMessage(db, "m1");
  await sentMessage(db, "m1", { tenantId: "globex" });
  await rows(db, "insert into message_ids select 'own@shop.example', seq from messages");
  const { receiver } = receiverOn(db);
  for (const mail of [bounce({ id: "m1" }), bounce({ messageId: "<own@shop.example>" })]) {
    const nobodys = { events: [], ignored: [{ recipient: null, reason: "ambiguous" }] };
    expect(await receiver.receive(arrived(mail))).toMatchObject(nobodys);
    expect(await receiver.receive(arrived(mail, { tenantId: "acme" }))).toMatchObject({ events: [{ pk: mine.pk }] });
  }
});

test("the mark of the address that it came to is enough, in the envelope or in the header", async () => {
  const db = await testDatabase();
  await marked(MARKING)(db);
  const { pk } = await sentMessage(db, "m1");
  const { receiver } = receiverOn(db);
  const address = await new Marks(vault).returnPath(MARKING, pk);
  const first = await receiver.receive(arrived(bounce(), { recipient: address }));
  const again = await receiver.receive(arrived(bounce({ to: address.toUpperCase() })));
  expect([first, again].map(({ events }) => events[0])).toMatchObject([
    { pk, repeated: false },
    { pk, repeated: true },
  ]);
});

test("the same bounce is told once, by whichever ways and to however many at once it comes", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const { pk } = await sentMessage(db, "m1");
  const processes = await Promise.all(Array.from({ length: 3 }, () => openTestDatabase(folder)));
  const receivers = processes.map((one) => receiverOn(one));
  const mails = receivers.flatMap(({ receiver }) => [
    receiver.receive(arrived(bounce({ pk }))),
    receiver.receive(arrived(bounce({ pk, identity: "another@mx" }), { way: "imap" })),
  ]);
  const events = (await Promise.all(mails)).flatMap((one) => one.events);
  expect(events.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(receivers.flatMap(({ reported }) => reported)).toEqual(["acme"]);
  expect(await kept(db)).toEqual({ notices: 1, events: 1, suppressions: 1 });
});

test("a thousand of the same bounce leave nothing behind but the first", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const { receiver, reported } = receiverOn(db);
  const mail = arrived(bounce({ pk }));
  await receiver.receive(mail);
  const pages = async () => (await rows<{ page_count: number }>(db, "pragma page_count"))[0]!.page_count;
  const before = await pages();
  for (let n = 0; n < 100; n++) await Promise.all(Array.from({ length: 10 }, () => receiver.receive(mail)));
  expect(await kept(db)).toEqual({ notices: 1, events: 1, suppressions: 1 });
  expect(await pages()).toBe(before);
  expect(reported).toEqual(["acme"]);
});

test("what is forged, foreign, unsigned, malformed or no notice changes nothing, and the log says why", async () => {
  const db = await testDatabase();
  await marked(MARKING)(db);
  const mine = await sentMessage(db, "m1");
  const theirs = await sentMessage(db, "m2", { tenantId: "globex" });
  const waiting = newMessage(await addAccount(db, "acme", { id: "other" }), "m3");
  await enqueue(db, [waiting], T0);
  const { receiver, reported } = receiverOn(db);
  const marks = new Marks(vault);
  const forged = (await marks.returnPath(MARKING, mine.pk)).replace(/.(?=@)/, (last) => (last === "0" ? "1" : "0"));
  const cases: [Arrived, told: string, logged?: string][] = [
    [arrived(bounce({ pk: mine.pk }), { recipient: forged }), "forged"],
    [arrived(bounce({ pk: mine.pk }), { recipient: await marks.returnPath(MARKING, theirs.pk) }), "forged"],
    [
      arrived(
        bounce({ to: (await Promise.all([mine, theirs].map(({ pk }) => marks.returnPath(MARKING, pk)))).join(", ") }),
      ),
      "forged",
    ],
    [arrived(bounce({ pk: theirs.pk }), { tenantId: "acme" }), "no such message", "foreign"],
    [arrived(bounce({ id: "m1" })), "not signed"],
    [arrived(bounce({ pk: waiting.pk })), "was not sent to"],
    [arrived(bounce({ pk: mine.pk.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })), "no such message"],
    [arrived(bounce()), "names no message"],
    [arrived(bounce({ pk: mine.pk }).slice(0, 500)), "", ""],
    [arrived("Subject: lunch?\r\n\r\nAt noon.\r\n"), "", ""],
    [arrived(""), "", ""],
    [{ raw: crypto.getRandomValues(new Uint8Array(10_000)), way: "email" }, "", ""],
  ];
  for (const [mail, told, why = told] of cases) {
    const log = await logged();
    const { events, ignored } = await receiver.receive(mail);
    expect([events, ignored.length, log.length], told).toEqual([[], 1, 1]);
    expect(ignored[0]!.reason).toContain(told);
    expect(log[0]).toContain(why);
  }
  expect(await kept(db)).toEqual(NOTHING);
  expect(reported).toEqual([]);
});

test("a bounce whose recording was not answered is told once", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = database(new RemoteClient({ url: server.url, token: undefined }));
  await migrate(direct, T0);
  const { pk } = await sentMessage(direct, "m1");
  const { receiver, reported } = receiverOn(database(new RemoteClient({ url: proxy.url, token: undefined })));
  const lost: Fault[] = ["drop", "cut", "late"];
  for (const fault of lost) {
    proxy.next = ["pass", fault];
    const { events } = await receiver.receive(arrived(bounce({ pk })));
    expect(events).toMatchObject([{ repeated: fault !== lost[0] }]);
    await proxy.deliver();
  }
  expect(reported).toEqual(["acme"]);
  expect(await kept(direct)).toEqual({ notices: 1, events: 1, suppressions: 1 });
});

test("it takes two round trips, and no statement looks through what grows", async () => {
  const db = await testDatabase();
  const { pk } = await sentMessage(db, "m1");
  const watched = watch(db);
  const { receiver } = receiverOn(watched.db);
  await receiver.receive(arrived(bounce({ pk, id: "m1", messageId: `<${pk}@example.com>` })));
  expect(watched.roundTrips).toBe(2);
  await receiver.receive(arrived(bounce({ id: "m1", messageId: "<own@shop.example>" }), { tenantId: "acme" }));
  const steps = await Promise.all(watched.statements.map((statement) => plan(db, statement)));
  // Tenants are few, and an id is unique in each.
  for (const step of steps.flat()) expect(step).not.toMatch(/SCAN (?![ew] VIRTUAL|t\b|CONSTANT)/);
});
