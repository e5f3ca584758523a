/** What comes to the dashboard to do harm: none of it takes memory, fills the log, or keeps others from their pages. */
import { expect, onTestFinished, test } from "vitest";
import { withPictures } from "../../src/dashboard/inbox/html.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";
import { watchLog } from "../support/log.ts";
import { browse } from "./browsing.ts";

const ORIGIN = "http://proxy.test";

interface Posted {
  cookie?: string;
  type?: string;
  body: BodyInit;
}

function post({ app }: TestApp, path: string, { cookie = "", type, body }: Posted): Promise<Response> {
  const headers = { Origin: ORIGIN, cookie, ...(type === undefined ? {} : { "Content-Type": type }) };
  // A stream has to be declared as one (Fetch standard, RequestInit's duplex).
  const init = { method: "POST", headers, body, duplex: "half" };
  return app.fetch(new Request(`${ORIGIN}${path}`, init));
}

async function logIn(proxy: TestApp, cookie = ""): Promise<string> {
  const response = await post(proxy, "/dashboard/login", { cookie, body: new URLSearchParams({ token: ADMIN_TOKEN }) });
  expect(response.status).toBe(303);
  return response.headers.get("Set-Cookie")!.split(";")[0]!;
}

/** A form of so many bytes, whose end does not come before it is asked for. */
function slowForm(bytes: number) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const sent = writer.write(new TextEncoder().encode(`address=${"x".repeat(bytes)}`));
  onTestFinished(() => writer.close().catch(() => undefined));
  return { readable, sent, end: () => writer.close() };
}

test.each([
  ["multipart/form-data; boundary=x", "no boundary anywhere"],
  ["multipart/form-data", "--x\r\n"],
  ["application/json", "{}"],
  ["text/plain", "token=x"],
])("what is no form is refused in words, and the log is not filled by it: %s", async (type, body) => {
  const proxy = await startApp();
  const cookie = await logIn(proxy);
  const log = await watchLog("warning");
  for (const path of ["/dashboard/login", "/dashboard/settings/run-now"]) {
    const answer = await post(proxy, path, { cookie, type, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("What was sent is no form.");
  }
  expect(log.text()).toEqual([]);
});

test("forms that are being sent take no more memory than calls of the API may", async () => {
  const proxy = await startApp({ MAX_BYTES_INCOMING: "65536" });
  const cookie = await logIn(proxy);
  const path = "/dashboard/suppressions/add";
  const type = "application/x-www-form-urlencoded";
  const log = await watchLog("warning");
  const first = slowForm(40_000);
  const answered = post(proxy, path, { cookie, type, body: first.readable });
  await first.sent;
  const second = await post(proxy, path, { cookie, body: new URLSearchParams({ address: "x".repeat(30_000) }) });
  expect(second.status).toBe(503);
  expect(await second.text()).toContain("too much is being read");
  await first.end();
  expect((await answered).status).toBe(303);
  expect(log.text()).toEqual([]);
  const third = await post(proxy, path, { cookie, body: new URLSearchParams({ address: "x".repeat(30_000) }) });
  expect(third.status).toBe(303);
});

test("a page that is led to after the login has no control characters in its address", async () => {
  const proxy = await startApp();
  const body = new URLSearchParams({ token: ADMIN_TOKEN, next: "/dashboard/\r\nSet-Cookie: a=b" });
  const answer = await post(proxy, "/dashboard/login", { body });
  expect(answer.status).toBe(303);
  expect(answer.headers.get("Location")).toBe("/dashboard");
});

test("a second login in the same browser ends the first session", async () => {
  const proxy = await startApp();
  const first = await logIn(proxy);
  await logIn(proxy, first);
  const { status } = await proxy.app.fetch(new Request(`${ORIGIN}/dashboard`, { headers: { cookie: first } }));
  expect(status).toBe(303);
});

test("a session whose tenant is not active any more says so, and is no fault of the server", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop" });
  const shop = await browse(proxy, "shop");
  await proxy.call("PUT", "/tenant/shop", { active: false });
  const log = await watchLog("warning");
  const answer = await shop.get("/dashboard");
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain("this tenant is not active");
  expect(log.text()).toEqual([]);
});

test("what came of an action is told in a cookie that browsers keep, whatever was named", async () => {
  const proxy = await startApp();
  const admin = await browse(proxy);
  // An odd number before the pairs: a cut by length would go through one of them.
  const id = encodeURIComponent(`x${"\u{1f4ec}".repeat(600)}`);
  const answer = await admin.post(`/dashboard/webhooks/${id}/test`, {});
  expect(answer.status).toBe(303);
  const [cookie = ""] = answer.headers.getSetCookie();
  expect(decodeURIComponent(cookie)).toContain("failed:there is no webhook x\u{1f4ec}");
  expect(cookie.length).toBeLessThan(4_000);
});

test("a HEAD request opens no stream of news", async () => {
  const proxy = await startApp();
  const cookie = await logIn(proxy);
  const { client } = proxy.db;
  const batch = client.batch.bind(client);
  let looks = 0;
  client.batch = (statements, mode) => {
    looks += statements.filter((one) => typeof one === "object" && "sql" in one && one.sql.includes("as pulse")).length;
    return batch(statements, mode);
  };
  const headers = { cookie };
  const { status } = await proxy.app.fetch(new Request(`${ORIGIN}/dashboard/live`, { method: "HEAD", headers }));
  expect(status).toBe(200);
  // A stream's first look is due at once: its timer runs before this one, and what it asks for before this page.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await proxy.app.fetch(new Request(`${ORIGIN}/dashboard/messages`, { headers }));
  expect(looks).toBe(0);
});

test("a mail that shows one picture very often does not take all memory", async () => {
  const picture = new Uint8Array(1024 * 1024);
  const attachments = ["big", "small"].map((name) => ({
    ...{ filename: `${name}.png`, mime_type: "image/png", content_id: `<${name}>`, disposition: "inline", size: 0 },
  }));
  const html = `<img src="cid:small">${'<img src="cid:big">'.repeat(100)}`;
  const shown = await withPictures({ html, attachments }, async (position) =>
    position === 0 ? picture : picture.subarray(0, 3).slice(),
  );
  expect(shown.length).toBeLessThan(10_000);
  expect(shown).toContain('<img src="data:image/png;base64,AAAA">');
});
