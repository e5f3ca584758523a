/** Whom a bounce goes to: the envelope sender of what is sent, as a real server hears it. */
import { expect, test } from "vitest";
import { Marks } from "../../src/bounces/mark.ts";
import { rows } from "../../src/db/database.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { openVault } from "../../src/security/vault.ts";
import { ADMIN_TOKEN, ENCRYPTION_KEY, startApp, type TestApp } from "../support/app.ts";
import { newMessage } from "../support/queue.ts";
import { type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";

const PATTERN = "bounces+*@example.com";
const marks = new Marks(await openVault(ENCRYPTION_KEY));

/** RFC 3464, of a server that returns nothing of the message. */
const BOUNCE = [
  "From: MAILER-DAEMON@mx.example.net",
  "Subject: Undelivered",
  "MIME-Version: 1.0",
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
  "",
  "--b",
  "",
  "It could not be delivered.",
  "--b",
  "Content-Type: message/delivery-status",
  "",
  "Reporting-MTA: dns; mx.example.net",
  "",
  "Final-Recipient: rfc822; a@example.net",
  "Action: failed",
  "Status: 5.1.1",
  "",
  "--b--",
  "",
].join("\r\n");

interface Proxy extends TestApp {
  server: ScriptedServer;
  /** Adds a message of this id; answers its pk. */
  add(id: string, over?: object): Promise<string>;
  /** What the server was told as the sender, one for each attempt. */
  senders(): string[];
}

async function proxy(bounce_return_path: string | null, script: Script = {}): Promise<Proxy> {
  const server = await startSmtpServer(script);
  const app = await startApp();
  await app.call("POST", "/tenant", { id: "acme" });
  const account = { id: "default", tenant_id: "acme", host: "127.0.0.1", port: server.port, use_tls: false };
  await app.call("POST", "/account", { ...account, retry_delays: [0, 0, 0] });
  expect(await app.call("PUT", "/instance", { bounce_return_path })).toMatchObject({ status: 200 });
  return {
    ...app,
    server,
    async add(id, over = {}) {
      const basics = { id, from: "App <app@example.com>", to: "a@example.net", subject: id, body: "Hello" };
      const { body } = await app.call("POST", "/commands/add-messages", { messages: [{ ...basics, ...over }] });
      expect(body).toMatchObject({ queued: 1 });
      const { pk } = await app.until(id, "sent");
      return String(pk);
    },
    senders: () => server.lines.flatMap((line) => /^MAIL FROM:<(.*?)>/.exec(line)?.[1] ?? []),
  };
}

test("a message bears its own mark, which tells which one a bounce is of", async () => {
  const app = await proxy(PATTERN);
  const [first, second] = [await app.add("first"), await app.add("second")];
  const [toFirst, toSecond] = app.senders();
  expect(await marks.read(PATTERN, toFirst!)).toEqual({ pk: first });
  expect(await marks.read(PATTERN, toSecond!)).toEqual({ pk: second });
});

test("a bounce that says nothing of its message finds it by the mark, and by no other", async () => {
  const app = await proxy(PATTERN);
  const pk = await app.add("m");
  await app.add("other");
  const [mark, otherMark] = app.senders();
  const returned = (to: string) =>
    app.app.fetch(
      new Request(`http://proxy.test/bounces?recipient=${encodeURIComponent(to)}`, {
        method: "POST",
        headers: { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" },
        body: BOUNCE,
      }),
    );
  const halves = mark!.slice(0, 20) + otherMark!.slice(20);
  expect(await (await returned(halves)).json()).toMatchObject({ events: [] });
  expect(await (await returned(mark!.toUpperCase())).json()).toMatchObject({ events: [{ pk, event: "bounce" }] });
  expect(
    await rows(app.db, "select m.id from events e join messages m on m.seq = e.message where type = 'bounce'"),
  ).toEqual([{ id: "m" }]);
});

test("every attempt has the same one", async () => {
  let refusals = 3;
  const app = await proxy(PATTERN, {
    answer: ({ verb }) => (verb === "RCPT" && refusals-- > 0 ? "451 4.3.0 later" : undefined),
  });
  const pk = await app.add("m");
  const senders = app.senders();
  expect(senders.length).toBe(4);
  expect(new Set(senders)).toEqual(new Set([await marks.returnPath(PATTERN, pk)]));
});

test("a pattern without a place for a mark is the sender of all; without a pattern it is the author", async () => {
  const app = await proxy("bounces@example.org");
  await app.add("all");
  await app.call("PUT", "/instance", { bounce_return_path: null });
  await app.add("none");
  expect(app.senders()).toEqual(["bounces@example.org", "app@example.com"]);
});

test("certified mail goes out under its sender's own address: its provider takes no other", async () => {
  const app = await proxy(PATTERN);
  await app.call("POST", "/account", { id: "default", tenant_id: "acme", is_pec_account: true });
  await app.add("certified");
  expect(app.senders()).toEqual(["app@example.com"]);
});

test("a message's own return path goes before the instance's", async () => {
  const app = await proxy(PATTERN);
  await app.add("own", { return_path: "returns@example.org" });
  expect(app.senders()).toEqual(["returns@example.org"]);
});

test("a ready-made mail keeps the sender it came with, and the null sender stays null", async () => {
  const app = await proxy(PATTERN);
  const [account] = await rows<{ key: number }>(app.db, "select key from accounts");
  const raw = Buffer.from("From: app@example.com\r\nSubject: ready\r\n\r\nHello\r\n").toString("base64");
  const content = { from: "app@example.com", to: ["a@example.net"], subject: "ready", raw };
  for (const [id, return_path] of [
    ["named", "daemon@example.org"],
    ["null", ""],
  ] as const) {
    const due = { dueAt: Date.now(), expiresAt: Date.now() + 60_000, content: { ...content, return_path } };
    await enqueue(app.db, [newMessage(account!.key, id, due)], Date.now());
    await app.call("POST", "/commands/run-now");
    await app.until(id, "sent");
  }
  expect(app.senders()).toEqual(["daemon@example.org", ""]);
});

test("what is changed counts for the next message", async () => {
  const app = await proxy(PATTERN);
  await app.add("before");
  await app.call("PUT", "/instance", { bounce_return_path: "*@bounces.example.com" });
  const pk = await app.add("after");
  expect(await marks.read("*@bounces.example.com", app.senders().at(-1)!)).toEqual({ pk });
});

test("a process that was not told of a change sees it with its next pass", async () => {
  const app = await proxy(PATTERN);
  await app.add("before");
  const value = JSON.stringify("elsewhere@example.com");
  await rows(app.db, "update instance set value = :value where key = 'setting.bounce_return_path'", { value });
  await app.add("after");
  expect(app.senders().at(-1)).toBe("elsewhere@example.com");
});

test("what an older version stored and is no pattern is not used", async () => {
  const app = await proxy(PATTERN);
  const value = JSON.stringify("Bounces <bounces@example.com>");
  await rows(app.db, "update instance set value = :value where key = 'setting.bounce_return_path'", { value });
  await app.add("m");
  expect(app.senders()).toEqual(["app@example.com"]);
});

test("who asks for notifications and names no envelope id has the message's pk as one", async () => {
  const app = await proxy(null);
  const pk = await app.add("unnamed", { dsn: { notify: ["failure"] } });
  await app.add("named", { dsn: { notify: ["failure"], envid: "own-id" } });
  await app.add("nobody");
  const envids = app.server.lines.flatMap((line) =>
    line.startsWith("MAIL FROM") ? [/ENVID=(\S+)/.exec(line)?.[1]] : [],
  );
  expect(envids).toEqual([pk, "own-id", undefined]);
});

test.each([
  ["a*b*@example.com", "may have one *"],
  ["bounces@*.example.com", "the domain is not a domain name"],
  ["far-too-long-a-prefix-for-it*@example.com", "may have 22 octets"],
  ["nowhere*", "an @ is missing"],
  ["", "holds no address"],
  ["bücher*@example.com", "must be ASCII"],
])("the return path %j is refused: %s", async (bounce_return_path, why) => {
  const { call } = await startApp();
  const { status, body } = await call("PUT", "/instance", { bounce_return_path });
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain(why);
});

test("of a return path with a name only the address is kept", async () => {
  const { call } = await startApp();
  const { body } = await call("PUT", "/instance", { bounce_return_path: "Bounces <bounces+*@example.com>" });
  expect(body).toMatchObject({ bounce_return_path: PATTERN });
});
