/** The sandbox's inbox in the dashboard: what arrived, shown without harm. */
import { expect, test } from "vitest";
import { Inbox } from "../../src/sandbox/inbox.ts";
import { createInboxRoutes } from "../../src/sandbox/routes.ts";
import { startApp } from "../support/app.ts";
import { browse } from "./browsing.ts";

const HERE = "/dashboard/inbox";

const PICTURE = "iVBORw0KGgo=";
const LETTER = `From: Ann <ann@example.com>\r
To: Bob <bob@example.com>\r
Subject: <b>Invoice</b> 12\r
Message-ID: <one@example.com>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/html\r
\r
<script>alert(1)</script><img src="cid:logo"><img src="https://elsewhere.example/a.png">\r
--b\r
Content-Type: image/png\r
Content-ID: <logo>\r
Content-Transfer-Encoding: base64\r
\r
${PICTURE}\r
--b\r
Content-Type: text/html; name="page.html"\r
Content-Disposition: attachment; filename="page.html"\r
\r
<script>alert(2)</script>\r
--b--\r
`;

async function withInbox(...mails: string[]) {
  const inbox = new Inbox();
  for (const raw of mails)
    inbox.add({
      ...{ mailFrom: "ann@example.com", rcptTo: ["bob@example.com", "hidden@example.com"] },
      ...{ receivedAt: 1_700_000_000_000, raw: new TextEncoder().encode(raw) },
    });
  const proxy = await startApp({}, undefined, {}, createInboxRoutes(inbox));
  return { proxy, inbox, admin: await browse(proxy) };
}

test("the mails are listed, newest first, each with a link", async () => {
  const { admin } = await withInbox("Subject: first\r\n\r\n", "To: cid@example.com\r\n\r\n");
  const text = await admin.text(HERE);
  expect(text.indexOf(`href="${HERE}/2">(no subject)`)).toBeLessThan(text.indexOf(`href="${HERE}/1">first`));
  expect(text).toContain("cid@example.com");
});

test("a mail is shown with its envelope, its header, its files and its source, as text alone", async () => {
  const { admin } = await withInbox(LETTER);
  const text = await admin.text(`${HERE}/1`);
  expect(text).toContain("<h1>&lt;b&gt;Invoice&lt;/b&gt; 12</h1>");
  expect(text).toContain("ann@example.com to bob@example.com, hidden@example.com");
  expect(text).toContain("Message-ID: &lt;one@example.com&gt;");
  expect(text).toContain(`href="${HERE}/1/attachments/1" download="">page.html`);
  expect(text).not.toContain("<script>alert");
});

test("its HTML stands in a frame that runs nothing and asks for nothing, with the pictures that the mail brings", async () => {
  const { admin } = await withInbox(LETTER);
  expect(await admin.text(`${HERE}/1`)).toMatch(new RegExp(`<iframe class="letter" sandbox="" src="${HERE}/1/html"`));
  const frame = await admin.get(`${HERE}/1/html`);
  const policy = frame.headers.get("Content-Security-Policy");
  expect(policy).toMatch(/^sandbox; default-src 'none'; /);
  expect(policy).toContain("img-src data:;");
  const html = await frame.text();
  expect(html).toContain(`<img src="data:image/png;base64,${PICTURE}">`);
  expect(html).toContain("https://elsewhere.example/a.png");
});

test("files and the mail itself are saved, and never shown where the dashboard is", async () => {
  const { admin } = await withInbox(LETTER);
  const file = await admin.get(`${HERE}/1/attachments/1`);
  expect(file.headers.get("Content-Disposition")).toBe('attachment; filename="page.html"');
  expect(file.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(await file.text()).toContain("<script>alert(2)</script>");
  const raw = await admin.get(`${HERE}/1/raw`);
  expect(raw.headers.get("Content-Disposition")).toBe('attachment; filename="1.eml"');
  expect(await raw.text()).toBe(LETTER);
});

test("the inbox is emptied", async () => {
  const { admin, inbox } = await withInbox(LETTER, LETTER);
  const emptied = await admin.submit(`${HERE}/empty`, {});
  expect(emptied.text).toContain("2 mails are gone.");
  expect(emptied.text).toContain("Nothing has arrived yet.");
  expect(inbox.list()).toEqual([]);
  expect((await admin.get(`${HERE}/1`)).status).toBe(404);
});

test("a tenant's key sees nothing of it", async () => {
  const { proxy, inbox } = await withInbox(LETTER);
  await proxy.call("POST", "/tenant", { id: "shop" });
  const shop = await browse(proxy, "shop");
  for (const path of ["", "/1", "/1/html", "/1/raw", "/1/attachments/0"])
    expect((await shop.get(HERE + path)).status).toBe(403);
  await shop.post(`${HERE}/empty`, {});
  expect(inbox.list()).toHaveLength(1);
  expect(await shop.text("/dashboard")).not.toContain(HERE);
});

test("without a sandbox there is no inbox", async () => {
  const admin = await browse(await startApp());
  expect((await admin.get(HERE)).status).toBe(404);
  expect(await admin.text("/dashboard/settings")).not.toContain(`href="${HERE}"`);
});
