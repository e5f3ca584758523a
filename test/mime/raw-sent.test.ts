import { expect, test } from "vitest";
import { type Submission, submit } from "../../src/api/submit.ts";
import { readConfig } from "../../src/config.ts";
import { rawMail } from "../../src/mime/raw.ts";
import { Intake } from "../../src/queue/intake.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { startApp } from "../support/app.ts";
import { EXTENSIONS, type Script, startSmtpServer } from "../support/smtp-server.ts";

/** A proxy whose tenant `acme` sends through a server that follows the script. */
async function proxyWith(script: Script = {}, account: Record<string, unknown> = {}) {
  const server = await startSmtpServer(script);
  const { app, db, call, until } = await startApp({ RETRY_DELAYS: "1" });
  await call("POST", "/tenant", { id: "acme" });
  const saved = { id: "main", tenant_id: "acme", host: "127.0.0.1", port: server.port, tls: "none", ...account };
  await call("POST", "/account", saved);
  const service = {
    db,
    config: readConfig({ MAIL_PROXY_MAX_BODY_BYTES: "4096", MAIL_PROXY_PUBLIC_URL: "https://mail.example.com" }),
    directory: new Directory(db),
    intake: new Intake(db, Date.now, () => new Promise((resolve) => setImmediate(resolve))),
    now: Date.now,
  };
  const take = (mail: string | Uint8Array, wishes: Partial<Submission> = {}) => {
    const bytes = typeof mail === "string" ? new TextEncoder().encode(mail) : mail;
    return submit(service, { mail: rawMail(bytes), tenantId: "acme", id: "m1", ...wishes });
  };
  const send = async (mail: string | Uint8Array, wishes: Partial<Submission> = {}) => {
    const submitted = await take(mail, wishes);
    await call("POST", "/commands/run-now");
    return submitted;
  };
  return { app, call, server, take, send, until };
}

/** As the server took it, in UTF-8. */
const received = (wire: string | undefined) => Buffer.from(wire ?? "", "latin1").toString();

const MAIL =
  "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nBcc: eve@example.net\r\nSubject: Hello\r\n" +
  "Message-ID: <given@example.com>\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\r\n.It works: größer.\r\n..\r\n\r\n";

test("a mail goes out byte for byte under its own envelope, with the tracking fields on top and without its Bcc", async () => {
  const { server, send, until } = await proxyWith();
  const submitted = await send(MAIL);
  const { pk, status } = await until("m1", "sent");
  expect(status).toBe("sent");
  expect(submitted).toMatchObject({ message: { pk, id: "m1" } });
  expect(server.messages).toMatchObject([
    { from: "ann@example.com", recipients: ["bob@example.net", "eve@example.net"] },
  ]);
  const tracking = `X-Mail-Proxy-ID: ${pk}\r\nX-Genro-Mail-ID: m1\r\n`;
  const stuffed = MAIL.replace("Bcc: eve@example.net\r\n", "")
    .replace("\r\n.It", "\r\n..It")
    .replace("\r\n..\r", "\r\n...\r");
  expect(received(server.messages[0]?.wire)).toBe(tracking + stuffed);
  expect(server.lines.find((line) => line.startsWith("MAIL"))).toContain("BODY=8BITMIME");
});

test("a mail that names no sender but its author comes back to the instance's `bounce_return_path`, where there is one", async () => {
  const { call, server, send, until } = await proxyWith();
  await call("PUT", "/instance", { bounce_return_path: "bounces@example.org" });
  await send(MAIL);
  await until("m1", "sent");
  await send(`Sender: office@example.com\r\n${MAIL}`, { id: "m2" });
  await until("m2", "sent");
  expect(server.messages.map(({ from }) => from)).toEqual(["bounces@example.org", "office@example.com"]);
});

test("a retry carries the Message-ID and the Date that the first attempt has added", async () => {
  let refusals = 0;
  const { server, send, until } = await proxyWith({
    answer: ({ verb }) => (verb === "BODY" && refusals++ === 0 ? "451 4.3.0 later" : undefined),
  });
  await send("From: ann@example.com\r\nTo: bob@example.net\r\n\r\nHi\r\n");
  const { pk } = await until("m1", "sent");
  expect(server.heard).toHaveLength(2);
  expect(server.heard[1]).toBe(server.heard[0]);
  expect(server.heard[0]).toContain(`\r\nMessage-ID: <${pk}@example.com>\r\nDate: `);
});

test("the null sender of a Return-Path is the envelope's", async () => {
  const { server, send, until } = await proxyWith();
  await send(`Return-Path: <>\r\n${MAIL}`);
  await until("m1", "sent");
  expect(server.messages[0]?.from).toBe("");
});

const without = (extension: string) => ({ extensions: EXTENSIONS.filter((one) => one !== extension) });

test.each([
  ["8-bit content where a server lacks 8BITMIME (RFC 6152)", without("8BITMIME"), MAIL, "does not take 8-bit content"],
  [
    "a header in UTF-8 where a server lacks SMTPUTF8 (RFC 6531)",
    without("SMTPUTF8"),
    MAIL.replace("Hello", "Größe"),
    "does not take internationalised headers",
  ],
])("%s fails with that reason, as nothing of it may be rewritten", async (_, script, mail, words) => {
  const { server, send, until } = await proxyWith(script);
  await send(mail);
  expect((await until("m1", "error")).error).toContain(words);
  expect(server.messages).toEqual([]);
});

test("a mail is admitted as a message of the API is", async () => {
  const { take, call } = await proxyWith();
  const rejected = async (mail: string, wishes: Partial<Submission>) => ({ ...(await take(mail, wishes)) });
  expect(await rejected(MAIL, { tenantId: "nobody" })).toEqual({ rejected: "there is no tenant nobody" });
  expect(await rejected(MAIL, { accountId: "other" })).toEqual({ rejected: "tenant acme has no account other" });
  expect(await rejected(MAIL, { priority: "urgent" })).toEqual({ rejected: expect.stringContaining("priority: ") });
  expect(await rejected("From: a@example.com\r\n\r\n", {})).toEqual({ rejected: expect.stringContaining("to: ") });
  await expect(take(MAIL + "x".repeat(4096))).rejects.toThrow("a mail has at most 4096 bytes");
  expect(await take(MAIL, { priority: "high", batchCode: "b", deferredTs: 2_000_000_000 })).toHaveProperty("message");
  const { body } = await call("GET", "/messages/m1");
  expect(body).toMatchObject({
    status: "deferred",
    priority: 1,
    batch_code: "b",
    deferred_ts: 2_000_000_000,
    subject: "Hello",
  });
});

test("the same id is not sent twice, and replaces what was not sent yet", async () => {
  const { server, send, take, until } = await proxyWith();
  await take(MAIL, { deferredTs: 2_000_000_000 });
  await send(MAIL.replace("Hello", "Changed"));
  await until("m1", "sent");
  expect(received(server.messages[0]?.wire)).toContain("Subject: Changed");
  expect(await take(MAIL)).toEqual({ rejected: "already sent" });
});

test("a mail that is to have a link to unsubscribe bears it on top, and is the same below", async () => {
  const { app, server, send, until } = await proxyWith();
  const mail = MAIL.replace("Bcc: eve@example.net\r\n", "");
  await send(mail, { listUnsubscribe: true });
  await until("m1", "sent");
  const wire = received(server.messages[0]?.wire);
  const fields =
    /^List-Unsubscribe:\r\n <https:\/\/mail\.example\.com(\S+)>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/;
  const [added = "", path = ""] = fields.exec(wire) ?? [];
  expect(wire.slice(added.length)).toMatch(
    /^X-Mail-Proxy-ID: \S+\r\nX-Genro-Mail-ID: m1\r\nFrom: Ann <ann@example\.com>\r\n/,
  );
  const { status } = await app.fetch(new Request(`http://proxy.test${path}`, { method: "POST" }));
  expect(status).toBe(200);
});

test("a mail with a way to unsubscribe of its own gets no second one", async () => {
  const { take } = await proxyWith();
  const own = "LIST-UNSUBSCRIBE: <mailto:off@example.com>\r\n";
  expect(await take(own + MAIL, { listUnsubscribe: true })).toEqual({
    rejected: "list_unsubscribe: the mail has a header of that name",
  });
  expect(await take(own + MAIL)).toHaveProperty("message");
});
