/** The bytes of a message, for whoever wants to read them: what goes out, and nothing that must not be seen. */
import { expect, test } from "vitest";
import { MailProxy } from "../../src/client/client.ts";
import { startApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, apiWithTenant, message, testApi } from "./support.ts";

const RAW =
  "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nBcc: eve@example.net\r\nSubject: Ready\r\n" +
  "Message-ID: <given@example.com>\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\r\nMade elsewhere.\r\n";

test("they are those that the server gets, attachments included", async () => {
  const server = await startSmtpServer();
  const { call, until, app } = await startApp();
  await call("POST", "/tenant", { id: "acme" });
  await call("POST", "/account", { id: "main", tenant_id: "acme", host: "127.0.0.1", port: server.port, tls: "none" });
  const files = [{ filename: "Rechnung für Bob.txt", storage_path: "base64:MTIsNTAgRVVSCg==" }];
  const said = {
    body: undefined,
    text: "größer",
    html: "<p>größer</p>",
    cc: ["cid@example.net"],
    headers: { "X-Campaign": "june" },
    attachments: files,
  };
  await call("POST", "/commands/add-messages", { messages: [message("m1", { tenant_id: "acme", ...said })] });
  await until("m1", "sent");
  const client = new MailProxy({
    url: "http://proxy.test",
    token: "admin-token-of-the-tests",
    fetch: (request) => app.fetch(request),
  });
  const bytes = await client.messages.raw("m1");
  expect(Buffer.from(bytes).toString("latin1")).toBe(server.messages[0]!.wire);
  expect(await client.messages.raw("other").catch((error) => [error.status, error.code])).toEqual([404, "not_found"]);
});

test("whom a blind copy goes to is not in them", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m1", { bcc: ["eve@example.net"] })], key);
  const { text, headers } = await api.get("/messages/m1/raw", key);
  expect(text).toContain("To: you@example.net\r\n");
  expect(text).not.toContain("eve@example.net");
  expect(headers.get("Content-Type")).toBe("message/rfc822");
  expect(headers.get("Content-Disposition")).toMatch(/^attachment; filename="[\da-f-]{36}\.eml"$/);
});

test("a file that is brought when the message goes is left out, and named", async () => {
  const { api, key } = await apiWithTenant();
  const attachments = [
    { filename: "größer.pdf", storage_path: "https://files.example.com/a.pdf" },
    { filename: "here.txt", storage_path: "base64:aGVsbG8=" },
  ];
  await api.add([message("m1", { attachments })], key);
  const { text } = await api.get("/messages/m1/raw", key);
  expect(text.match(/^X-Mail-Proxy-Omitted: .*$/gm)).toEqual(["X-Mail-Proxy-Omitted: =?utf-8?B?Z3LDtsOfZXIucGRm?="]);
  expect(text).toContain("aGVsbG8=");
  expect(text).not.toContain("files.example.com");
});

test("of a message that was refused when it came in there are none", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m1", { from: "nobody" })], key);
  const { status, body } = await api.get("/messages/m1/raw", key);
  expect([status, body.error]).toEqual([404, "nothing is kept of what this message says"]);
});

test("a preview has the beginnings of the texts, and the files without what is in them", async () => {
  const { api, key } = await apiWithTenant({ maxBodyBytes: 20_000_000 });
  const text = "line of text\n".repeat(30_000);
  const content = Buffer.alloc(1_000_001).toString("base64");
  const attachments = [
    { filename: "a.pdf", storage_path: `base64:${content}`, mime_type: "application/pdf" },
    { filename: "b.pdf", storage_path: "https://files.example.com/b.pdf" },
  ];
  await api.add([message("m1", { body: undefined, text, html: "<p>Hi</p>", attachments })], key);
  const { text: answered, body } = await api.get("/messages/m1?include=preview", key);
  expect(answered.length).toBeLessThan(300_000);
  expect(body.preview).toMatchObject({
    from: "app@example.com",
    text: text.slice(0, 262_144),
    text_whole: false,
    html: "<p>Hi</p>",
    html_whole: true,
    ready_made: false,
    attachments: [
      { filename: "a.pdf", mime_type: "application/pdf", size: 1_000_001, fetch_mode: null },
      { filename: "b.pdf", size: null, fetch_mode: "http_url", storage_path: "https://files.example.com/b.pdf" },
    ],
  });
});

test("a preview of a ready-made mail has its header and its texts", async () => {
  const api = await testApi();
  await addTenant(api, "acme");
  const { submit } = await import("../../src/api/submit.ts");
  const { rawMail } = await import("../../src/mime/raw.ts");
  const mail = rawMail(new TextEncoder().encode(RAW));
  await submit(api.service, { mail, tenantId: "acme", id: "m1" });
  const { preview } = (await api.get("/messages/m1?include=preview")).body;
  expect(preview).toMatchObject({ ready_made: true, text: "Made elsewhere.\n", text_whole: true, html: null });
  expect(JSON.stringify(preview)).toContain('{"name":"Subject","value":"Ready"}');
  const { text } = await api.get("/messages/m1/raw");
  expect(text).toContain(RAW.replace("Bcc: eve@example.net\r\n", ""));
});

test("of a message that was refused when it came in there is no preview", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m1", { from: "nobody" })], key);
  expect((await api.get("/messages/m1?include=preview", key)).body.preview).toBeNull();
});
