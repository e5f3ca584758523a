import { connect } from "node:net";
import { createInterface } from "node:readline/promises";
import { Hono } from "hono";
import { createTransport } from "nodemailer";
import { expect, onTestFinished, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { Inbox } from "../../src/sandbox/inbox.ts";
import { createInboxRoutes } from "../../src/sandbox/routes.ts";
import { startSandbox } from "../../src/sandbox/sink.ts";

/** A sandbox with the routes as the application mounts them, and a client that sends to it. */
async function sandboxed(inbox?: Inbox) {
  const sandbox = await startSandbox(() => 1_700_000_000_999, inbox);
  const transport = createTransport({ host: sandbox.host, port: sandbox.port });
  const app = new Hono().route("/inbox", createInboxRoutes(sandbox.inbox));
  app.onError((error, c) => c.json({ ok: false, error: error.message }, error instanceof AppError ? 404 : 500));
  onTestFinished(async () => {
    transport.close();
    await sandbox.close();
  });
  const get = async (path: string) => (await app.request(path)).json();
  return { sandbox, transport, app, get };
}

const mail = { from: "Ann <a@example.com>", to: "b@example.com", subject: "s", text: "t" };

test("the inbox lists what arrived over SMTP, newest first", async () => {
  const { transport, get } = await sandboxed();
  await transport.sendMail({ ...mail, subject: "first" });
  await transport.sendMail({ ...mail, subject: "größer 📬", date: new Date(0) });

  const { ok, messages } = await get("/inbox/messages");
  expect(ok).toBe(true);
  expect(messages.map(({ n, subject }: { n: number; subject: string }) => [n, subject])).toEqual([
    [2, "größer 📬"],
    [1, "first"],
  ]);
  expect(messages[0]).toMatchObject({
    from: "Ann <a@example.com>",
    to: ["b@example.com"],
    date: "1970-01-01T00:00:00.000Z",
    received_ts: 1_700_000_000,
  });
});

test("a mail is shown with its parts, its attachments and the envelope that its headers do not tell", async () => {
  const { transport, get, app } = await sandboxed();
  await transport.sendMail({
    ...mail,
    cc: "c@example.com",
    bcc: "hidden@example.com",
    html: "<p>h</p><img src='cid:logo'>",
    messageId: "<one@example.com>",
    attachments: [{ filename: "Übersicht (1).pdf", content: Buffer.from([0, 255, 13, 10]), cid: "logo" }],
  });

  const { message } = await get("/inbox/messages/1");
  expect(message).toMatchObject({
    n: 1,
    cc: ["c@example.com"],
    message_id: "<one@example.com>",
    text: "t\n",
    envelope: { mail_from: "a@example.com", rcpt_to: ["b@example.com", "c@example.com", "hidden@example.com"] },
    attachments: [{ filename: "Übersicht (1).pdf", mime_type: "application/pdf", size: 4, content_id: "<logo>" }],
  });
  expect(message.html).toContain("<p>h</p>");
  expect(message.headers).toContainEqual({ name: "Cc", value: "c@example.com" });
  expect(JSON.stringify(message.headers)).not.toContain("hidden@example.com");

  const attachment = await app.request("/inbox/messages/1/attachments/0");
  expect(new Uint8Array(await attachment.arrayBuffer())).toEqual(new Uint8Array([0, 255, 13, 10]));
  expect(attachment.headers.get("Content-Disposition")).toBe(
    `attachment; filename="_bersicht (1).pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.pdf`,
  );
});

test("the raw mail is what was sent, byte for byte, with its doubled dots undone", async () => {
  const { transport, app } = await sandboxed();
  const bytes = Buffer.from("Subject: raw\r\n\r\n.dot\r\n..two\r\nnul \xff\r\n", "latin1");
  await transport.sendMail({ envelope: { from: "a@example.com", to: "b@example.com" }, raw: bytes });
  const raw = await app.request("/inbox/messages/1/raw");
  expect(Buffer.from(await raw.arrayBuffer())).toEqual(bytes);
});

test("the server offers what the proxy's SMTP session makes use of", async () => {
  const { sandbox } = await sandboxed();
  const socket = connect(sandbox.port, sandbox.host);
  const offered: string[] = [];
  for await (const line of createInterface({ input: socket })) {
    if (line.startsWith("220")) socket.write("EHLO client.example\r\nQUIT\r\n");
    if (line.startsWith("250")) offered.push(line.slice(4));
  }
  expect(offered).toEqual(
    expect.arrayContaining(["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 41943040"]),
  );
  expect(offered.join()).not.toMatch(/AUTH|STARTTLS/);
});

test("the inbox forgets its oldest mails beyond its bounds, and numbering goes on", () => {
  const raw = (size: number) => ({ mailFrom: "", rcptTo: [], receivedAt: 0, raw: new Uint8Array(size) });
  const inbox = new Inbox({ mails: 3, bytes: 100 });
  for (let i = 0; i < 5; i++) inbox.add(raw(1));
  expect(inbox.list().map(({ n }) => n)).toEqual([5, 4, 3]);
  inbox.add(raw(99));
  expect(inbox.list().map(({ n }) => n)).toEqual([6, 5]);
  inbox.add(raw(500));
  expect(inbox.list().map(({ n }) => n)).toEqual([7]);
  expect(inbox.received).toBe(7);
});

test("an emptied inbox is empty, and its mails are not found any more", async () => {
  const { transport, app, get } = await sandboxed();
  await transport.sendMail(mail);
  expect(await (await app.request("/inbox/messages", { method: "DELETE" })).json()).toEqual({ ok: true, removed: 1 });
  expect(await get("/inbox/messages")).toEqual({ ok: true, messages: [] });
  expect((await app.request("/inbox/messages/1")).status).toBe(404);
});
