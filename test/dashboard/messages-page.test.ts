/** A message's page in the dashboard: how it stands in words, what happened, what it says, and what can be done. */
import { expect, test } from "vitest";
import { submit } from "../../src/api/submit.ts";
import { readConfig } from "../../src/config.ts";
import { rows } from "../../src/db/database.ts";
import { rawMail } from "../../src/mime/raw.ts";
import { Intake } from "../../src/queue/intake.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";
import { type Browsing, browse } from "./browsing.ts";

const HERE = "/dashboard/messages";
const LATER = 4_000_000_000;

function message(id: string, fields: object = {}) {
  const basics = { tenant_id: "shop", from: "app@example.com", to: ["bob@example.net"], subject: `About ${id}` };
  return { id, ...basics, text: "Hello", ...fields };
}

/** A tenant that sends through a server which follows the script. */
async function withServer(script: Script = {}): Promise<{ proxy: TestApp; admin: Browsing; add: typeof addTo }> {
  const server = await startSmtpServer(script);
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop", name: "The Shop" });
  const account = { id: "main", tenant_id: "shop", host: "127.0.0.1", port: server.port, tls: "none" };
  await proxy.call("POST", "/account", account);
  return { proxy, admin: await browse(proxy), add: addTo };
}

async function addTo({ call }: TestApp, ...messages: object[]): Promise<void> {
  const { body } = await call("POST", "/commands/add-messages", { messages });
  expect(body).toMatchObject({ rejected: [] });
}

/** What the part of the page says that tells how it stands. */
function standing(page: string): string {
  const [, card = ""] = /<div class="card standing">(.*?)<\/div>/s.exec(page) ?? [];
  return card.replace(/<[^>]*>/g, "").replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "T");
}

test("a message that was sent says so, in the server's words", async () => {
  const { proxy, admin, add } = await withServer();
  await add(proxy, message("m1", { metadata: { user: "17" } }));
  await proxy.until("m1", "sent");
  const page = await admin.text(`${HERE}/m1`);
  expect(standing(page)).toBe("sentA server took it at T.");
  expect(page).toContain("<h1>About m1</h1>");
  for (const words of ["The Shop", "user: 17", "Accepted", "attempt 1", "bob@example.net: 250"])
    expect(page).toContain(words);
  expect(page).not.toMatch(/>(Send again|Send now|Cancel)</);
});

test("a message that waits for its next attempt says until when, and what the server said", async () => {
  const greylisted = ({ verb }: { verb: string }) => (verb === "RCPT" ? "451 4.7.1 greylisted" : undefined);
  const { proxy, admin, add } = await withServer({ answer: greylisted });
  await add(proxy, message("m1"));
  await proxy.until("m1", "deferred");
  const page = await admin.text(`${HERE}/m1`);
  expect(standing(page)).toMatch(
    /^deferredIt waits until T for its second attempt\. .*451 4\.7\.1 greylisted.*It is given up at T, if no server has taken it by then\.$/,
  );
  expect(page).toContain("Put off");
  const now = await admin.submit(`${HERE}/m1/retry`, { back: "status=deferred" });
  expect(now.location).toBe(`${HERE}/m1?back=status%3Ddeferred`);
  expect(now.text).toContain("It is sent again.");
  expect(now.text).toContain("Sent again by hand");
  expect(now.text).toContain('href="/dashboard/messages?status=deferred"');
});

test("a message that some recipients refused can be sent again to those", async () => {
  const refused = ({ verb, line }: { verb: string; line: string }) =>
    verb === "RCPT" && line.includes("eve@") ? "550 5.1.1 no such user" : undefined;
  const { proxy, admin, add } = await withServer({ answer: refused });
  await add(
    proxy,
    message("m1", { to: ["bob@example.net", "eve@example.net"] }),
    message("m2", { to: ["eve@x.example"] }),
  );
  await Promise.all([proxy.until("m1", "sent"), proxy.until("m2", "error")]);
  const page = await admin.text(`${HERE}/m1`);
  expect(standing(page)).toContain("A server took it for 1 of 2 recipients at T. The others were refused");
  expect(page).toMatch(/>Send again</);
  expect(page).toContain("no such user");
  expect(standing(await admin.text(`${HERE}/m2`))).toMatch(
    /^errorIt was given up at T, after one attempt: .*no such user.*Nothing more happens by itself\.$/,
  );
});

test("what stands in the way of a message that waits is named, with the way to where it is mended", async () => {
  const { proxy, admin, add } = await withServer();
  await add(proxy, message("m1", { deferred_ts: LATER, batch_code: "news" }));
  expect(standing(await admin.text(`${HERE}/m1`))).toContain("It waits until T, as its application wished.");
  await proxy.call("POST", "/commands/suspend?tenant_id=shop&batch_code=news");
  expect(standing(await admin.text(`${HERE}/m1`))).toContain("Its batch news is suspended");
  await proxy.call("POST", "/commands/suspend?tenant_id=shop");
  expect(standing(await admin.text(`${HERE}/m1`))).toContain("All mail of its tenant shop is suspended");
  expect(await admin.text(`${HERE}/m1`)).toContain('href="/dashboard/tenants/shop"');
});

test("an account that is paused is why its messages wait", async () => {
  const { proxy, admin, add } = await withServer({
    answer: ({ verb }) => (verb === "MAIL" ? "452 4.3.1 disk full" : undefined),
  });
  await add(proxy, message("m1"));
  while ((await proxy.call("GET", "/account/main?tenant_id=shop")).body.state !== "paused")
    await new Promise((resolve) => setTimeout(resolve, 5));
  const page = await admin.text(`${HERE}/m1`);
  expect(standing(page)).toMatch(/Its account main is paused until T: .*disk full/);
  expect(page).toContain('href="/dashboard/accounts/shop/main"');
});

test("an account that was paused by hand, or was deleted, is why its messages wait; an older fault of it is not", async () => {
  const { proxy, admin, add } = await withServer();
  await rows(proxy.db, "update accounts set last_error = '535 long ago', last_error_at = 1");
  await proxy.call("POST", "/account/main/pause?tenant_id=shop");
  await add(proxy, message("m1"));
  expect(standing(await admin.text(`${HERE}/m1`))).toContain(
    "Its account main is paused by hand, until somebody resumes it.It is given up",
  );
  await proxy.call("POST", `/account/main/pause?tenant_id=shop&until=${LATER}`);
  expect(standing(await admin.text(`${HERE}/m1`))).toContain("is paused by hand, until T.It is given up");
  await rows(proxy.db, "update accounts set deleted_at = 1");
  expect(standing(await admin.text(`${HERE}/m1`))).toContain("Its account main was deleted");
});

test("where nobody sends, or a limit is reached, the page of each message in line says so", async () => {
  const proxy = await startApp({ SCHEDULER_ACTIVE: "false" });
  await proxy.call("POST", "/tenant", { id: "shop" });
  const account = { tenant_id: "shop", host: "127.0.0.1", port: 1, limit_per_day: 1 };
  for (const id of ["main", "other"]) await proxy.call("POST", "/account", { ...account, id });
  await addTo(proxy, message("m1", { account_id: "main" }), message("m2", { account_id: "other" }));
  const admin = await browse(proxy);
  const words = async (id: string) => standing(await admin.text(`${HERE}/${id}`));
  expect(await words("m1")).not.toContain("nobody");
  await rows(proxy.db, "update messages set created_at = created_at - 600000");
  expect(await words("m1")).toContain("Messages are due and nobody sends them");
  const now = Date.now();
  await rows(proxy.db, "insert into grants select key, :now, 1 from accounts where id = 'main'", { now });
  await rows(proxy.db, "update accounts set limit_per_day = null where id = 'other'");
  await rows(proxy.db, "update messages set state = 'sending', wake_at = :late where id = 'm2'", {
    late: now + 60_000,
  });
  expect(await words("m1")).toContain("The account has sent as much as its limit allows");
  expect(await words("m2")).not.toContain("limit");
  await rows(proxy.db, "update messages set wake_at = :gone where id = 'm2'", { gone: now - 120_000 });
  expect(await words("m2")).toMatch(/^sendingIt is being sent: attempt 1, .*Messages are due and nobody sends them/);
});

test("a message is canceled and deleted from its page; what cannot be done is told in words", async () => {
  const { proxy, admin, add } = await withServer();
  await add(proxy, message("m1", { deferred_ts: LATER }));
  const canceled = await admin.submit(`${HERE}/m1/cancel`, {});
  expect(standing(canceled.text)).toContain("It was canceled before a server took it.");
  expect((await admin.submit(`${HERE}/m1/cancel`, {})).text).toContain("it was canceled already");
  const deleted = await admin.submit(`${HERE}/m1/delete`, { back: "q=m1&status=canceled" });
  expect(deleted.location).toBe(`${HERE}?q=m1&status=canceled`);
  expect(deleted.text).toContain("The message is deleted.");
  expect((await admin.get(`${HERE}/m1`)).status).toBe(404);
});

test("its HTML is shown in a frame that can do nothing, under a policy of its own", async () => {
  const { proxy, admin, add } = await withServer();
  const html = '<b>Hi</b><img src="https://tracker.example/p.gif"><script>alert(1)</script>';
  await add(proxy, message("m1", { deferred_ts: LATER, html }));
  const page = await admin.text(`${HERE}/m1`);
  expect(page).toMatch(/<iframe class="letter" sandbox="" src="\/dashboard\/messages\/[\da-f-]{36}\/body"/);
  expect(page).not.toContain("tracker.example");
  expect(page).toContain("Pictures from elsewhere are not loaded");
  const { headers } = await admin.get(`${HERE}/m1`);
  expect(headers.get("X-Frame-Options")).toBe("DENY");
  const frame = await admin.get(`${HERE}/m1/body`);
  expect(await frame.text()).toBe(html);
  const policy = frame.headers
    .get("Content-Security-Policy")!
    .split(";")
    .map((part) => part.trim());
  const wanted = [
    "sandbox",
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    "frame-ancestors 'self'",
  ];
  expect(policy.sort()).toEqual(wanted.sort());
  expect(frame.headers.get("X-Frame-Options")).toBe("SAMEORIGIN");
  expect(frame.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
});

test("the source is what goes out, to be read and to be kept", async () => {
  const { proxy, admin, add } = await withServer();
  await add(proxy, message("m1", { deferred_ts: LATER, bcc: ["eve@example.net"], text: "a </pre><script>" }));
  const page = await admin.text(`${HERE}/m1/source?back=q%3Dm1`);
  expect(page).toContain("Subject: About m1");
  expect(page).toContain("a &lt;/pre&gt;&lt;script&gt;");
  expect(page).not.toContain("eve@example.net");
  const file = await admin.get(`${HERE}/m1/raw`);
  expect(file.headers.get("Content-Type")).toBe("message/rfc822");
  expect(file.headers.get("Content-Disposition")).toMatch(/^attachment; filename="[\da-f-]{36}\.eml"$/);
  expect(await file.text()).toContain("Subject: About m1\r\n");
});

test("strange ids and long texts have pages that are whole, and small", async () => {
  const { proxy, admin, add } = await withServer();
  const id = `/"'<b>&%2F?#ü`.padEnd(255, "x");
  await add(
    proxy,
    message(id, { deferred_ts: LATER, subject: `<i>${"s".repeat(9_000)}`, text: "line of text\n".repeat(400_000) }),
  );
  const list = await admin.text(HERE);
  const [, href = ""] = /href="(\/dashboard\/messages\/[\da-f-]{36})"/.exec(list) ?? [];
  const page = await admin.text(href);
  expect(page).toContain("This is the beginning: the first 256 KiB.");
  expect(page.length).toBeLessThan(350_000);
  expect(page).not.toMatch(/<i>|<b>/);
  expect(await admin.text(`${HERE}/${encodeURIComponent(id)}`)).toContain(`action="${href}/cancel"`);
});

test("of a thousand recipients a hundred are shown, and all of them on demand", async () => {
  const { proxy, admin, add } = await withServer();
  const to = Array.from({ length: 1_000 }, (_, n) => `user-${n}@example.net`);
  await add(proxy, message("m1", { deferred_ts: LATER, to }));
  const page = await admin.text(`${HERE}/m1`);
  expect([page.includes("user-99@"), page.includes("user-100@")]).toEqual([true, false]);
  expect(page).toContain("Show all 1000 recipients");
  expect(await admin.text(`${HERE}/m1?recipients=all`)).toContain("user-999@");
});

test("files are named, never shown; what will be fetched is told apart", async () => {
  const { proxy, admin, add } = await withServer();
  const attachments = [
    { filename: "Rechnung.pdf", storage_path: `base64:${Buffer.alloc(2048).toString("base64")}` },
    { filename: "later.pdf", storage_path: "https://files.example.com/later.pdf" },
  ];
  await add(proxy, message("m1", { deferred_ts: LATER, attachments }));
  const page = await admin.text(`${HERE}/m1`);
  for (const words of ["Rechnung.pdf", "2.0 KiB", "brought when it goes (http_url)"]) expect(page).toContain(words);
  expect(page).not.toContain('href="https://files.example.com');
});

test("a message that was refused when it came in has a page all the same", async () => {
  const { proxy, admin } = await withServer();
  await proxy.call("POST", "/commands/add-messages", { messages: [message("m1", { from: "nobody" })] });
  const page = await admin.text(`${HERE}/m1`);
  expect(page).toContain("<h1>A message without a subject</h1>");
  expect(standing(page)).toContain("It was given up at T, before any attempt: ");
  expect(page).toContain("Nothing of it is kept");
  expect((await admin.get(`${HERE}/m1/source`)).status).toBe(404);
});

test("a ready-made mail shows its header and its text", async () => {
  const { proxy, admin } = await withServer();
  const mail =
    "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: Ready\r\nX-Own: <b>\r\n\r\nMade elsewhere.\r\n";
  const service = {
    db: proxy.db,
    config: readConfig({}),
    directory: new Directory(proxy.db),
    intake: new Intake(proxy.db, Date.now, () => new Promise((resolve) => setImmediate(resolve))),
    now: Date.now,
  };
  await submit(service, { mail: rawMail(new TextEncoder().encode(mail)), tenantId: "shop", id: "m1" });
  const page = await admin.text(`${HERE}/m1`);
  for (const words of ["<h1>Ready</h1>", "Made elsewhere.", "X-Own", "&lt;b&gt;"]) expect(page).toContain(words);
});
