/** What an open page hears, over real connections to a listening server: when there is news, and when it is over. */
import { expect, onTestFinished, test } from "vitest";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";
import { serveHere } from "../support/serve.ts";

interface Page {
  /** Settles with the next event that comes; undefined once the stream has ended. */
  next(): Promise<string | undefined>;
  /** As a browser that is closed. */
  close(): void;
  headers: Headers;
}

interface Listening extends TestApp {
  url: string;
  close(graceMs: number): Promise<void>;
}

async function listening(...given: Parameters<typeof startApp>): Promise<Listening> {
  const proxy = await startApp(...given);
  const { url, stop } = await serveHere(proxy.app.fetch);
  return { ...proxy, url, close: stop };
}

/** The cookie of a session that the token opens. */
async function logIn({ url }: Listening, token = ADMIN_TOKEN): Promise<string> {
  const response = await fetch(`${url}/dashboard/login`, {
    method: "POST",
    headers: { Origin: url },
    body: new URLSearchParams({ token }),
    redirect: "manual",
  });
  expect(response.status).toBe(303);
  return response.headers.get("Set-Cookie")!.split(";")[0]!;
}

/** A page of that session, which listens from here on. */
async function openPage({ url }: Listening, cookie: string, lastEventId?: string): Promise<Page> {
  const cut = new AbortController();
  const response = await fetch(`${url}/dashboard/live`, {
    headers: { cookie, ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }) },
    signal: cut.signal,
  });
  expect(response.status).toBe(200);
  onTestFinished(() => cut.abort());
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end !== -1) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        return event;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  return { next, close: () => cut.abort(), headers: response.headers };
}

/** A page that has heard how things stand, once what the calls before it left to be written is written. */
async function listeningPage(proxy: Listening, cookie: string): Promise<Page> {
  await proxy.app.settled();
  const page = await openPage(proxy, cookie);
  expect(await page.next()).toContain("event: listening");
  return page;
}

async function withAccount(proxy: TestApp, tenantId: string): Promise<void> {
  await proxy.call("POST", "/tenant", { id: tenantId });
  await proxy.call("POST", "/account", { tenant_id: tenantId, id: "mail", host: "127.0.0.1", port: 1 });
}

/** A message for much later, of which nothing happens by itself. */
async function addMessage(proxy: TestApp, tenantId: string, id: string): Promise<void> {
  const message = { id, tenant_id: tenantId, from: "a@shop.test", to: "b@example.com", subject: "x", body: "y" };
  const deferred_ts = Math.floor(Date.now() / 1000) + 86_400;
  const { body } = await proxy.call("POST", "/commands/add-messages", { messages: [{ ...message, deferred_ts }] });
  expect(body).toMatchObject({ queued: 1 });
}

async function keyOf(proxy: TestApp, tenantId: string): Promise<string> {
  return String((await proxy.call("POST", `/tenant/${tenantId}/api-key`, {})).body.api_key);
}

/** Time stands still, so that no minute passes while nothing happens. */
const still = () => {
  const now = Date.now();
  return { now: () => now };
};

/** How many looks at the database a proxy took by now. */
function countLooks(proxy: TestApp): () => number {
  let looks = 0;
  const { client } = proxy.db;
  const batch = client.batch.bind(client);
  client.batch = (statements, mode) => {
    if (statements.some((one) => typeof one === "object" && "sql" in one && one.sql.includes("as pulse"))) looks += 1;
    return batch(statements, mode);
  };
  return () => looks;
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 15_000, interval: 20 }).toBe(true);
}

test("a page hears when a message comes in", async () => {
  const proxy = await listening();
  await withAccount(proxy, "shop");
  const page = await listeningPage(proxy, await logIn(proxy));
  expect(page.headers.get("Content-Type")).toBe("text/event-stream");
  await addMessage(proxy, "shop", "m1");
  expect(await page.next()).toContain("event: news");
});

test("a page whose tenant is not active any more ends, and keeps no other page from hearing", async () => {
  const proxy = await listening({}, undefined, still());
  await withAccount(proxy, "shop");
  const admin = await listeningPage(proxy, await logIn(proxy));
  const shop = await listeningPage(proxy, await logIn(proxy, await keyOf(proxy, "shop")));
  expect(await admin.next()).toContain("event: news"); // of the key
  await proxy.call("PUT", "/tenant/shop", { active: false });
  expect(await shop.next()).toBeUndefined();
  expect(await admin.next()).toContain("event: news");
});

test("where nothing happens, nothing is told, however often it is looked", async () => {
  const proxy = await listening({}, undefined, still());
  await withAccount(proxy, "shop");
  const page = await listeningPage(proxy, await logIn(proxy));
  const looks = countLooks(proxy);
  let heard = false;
  const next = page.next().then((event) => {
    heard = true;
    return event;
  });
  await until(() => looks() >= 2);
  expect(heard).toBe(false);
  await addMessage(proxy, "shop", "m1");
  expect(await next).toContain("event: news");
});

test("a tenant's page hears of its own messages, and of nobody else's", async () => {
  const proxy = await listening({}, undefined, still());
  for (const tenant of ["shop", "forum"]) await withAccount(proxy, tenant);
  const page = await listeningPage(proxy, await logIn(proxy, await keyOf(proxy, "shop")));
  const admins = await listeningPage(proxy, await logIn(proxy));
  const looks = countLooks(proxy);
  let heard = false;
  const next = page.next().then((event) => {
    heard = true;
    return event;
  });
  await addMessage(proxy, "forum", "m1");
  expect(await admins.next()).toContain("event: news");
  const before = looks();
  await until(() => looks() > before + 1);
  expect(heard).toBe(false);
  await addMessage(proxy, "shop", "m1");
  expect(await next).toContain("event: news");
});

test("what happened while the connection was lost is told on the next one", async () => {
  const proxy = await listening({}, undefined, still());
  await withAccount(proxy, "shop");
  const cookie = await logIn(proxy);
  const first = await openPage(proxy, cookie);
  const [, id] = /^id: (.*)$/m.exec((await first.next())!)!;
  first.close();
  await addMessage(proxy, "shop", "m1");
  const second = await openPage(proxy, cookie, id);
  const heard = (await second.next())!;
  expect(heard).toContain("event: news");
  expect(heard).not.toContain(id);
});

test("one look serves all pages, and nobody looks where none is open", async () => {
  const proxy = await listening();
  const cookie = await logIn(proxy);
  const looks = countLooks(proxy);
  const pages = await Promise.all(Array.from({ length: 10 }, () => listeningPage(proxy, cookie)));
  const begun = Date.now();
  const before = looks();
  await until(() => looks() >= before + 3);
  expect((Date.now() - begun) / 1000).toBeGreaterThan(1.5); // three looks, a second apart
  for (const page of pages) page.close();
  let last = -1;
  // Two polls a second and a half apart see the same number once the last page has gone.
  await expect
    .poll(
      () => {
        const isSame = looks() === last;
        last = looks();
        return isSame;
      },
      { timeout: 15_000, interval: 1_500 },
    )
    .toBe(true);
});

test("logging out ends what its pages hear, and the others go on", async () => {
  const proxy = await listening({}, undefined, still());
  const cookie = await logIn(proxy);
  const page = await listeningPage(proxy, cookie);
  const other = await listeningPage(proxy, await logIn(proxy));
  await fetch(`${proxy.url}/dashboard/logout`, {
    method: "POST",
    headers: { Origin: proxy.url, cookie },
    redirect: "manual",
  });
  expect(await page.next()).toBeUndefined();
  await proxy.call("POST", "/tenant", { id: "shop" });
  expect(await other.next()).toContain("event: news");
});

test("a key that is taken away ends what its pages hear", async () => {
  const proxy = await listening();
  await proxy.call("POST", "/tenant", { id: "shop" });
  const page = await openPage(proxy, await logIn(proxy, await keyOf(proxy, "shop")));
  await proxy.call("DELETE", "/tenant/shop/api-key");
  for (let event = await page.next(); event !== undefined; event = await page.next());
});

test("a session whose time is over ends what its pages hear", async () => {
  const proxy = await listening();
  const page = await openPage(proxy, await logIn(proxy));
  await proxy.db.client.execute({ sql: "update sessions set expires_at = :now", args: { now: Date.now() } });
  for (let event = await page.next(); event !== undefined; event = await page.next());
});

test("a stop does not wait for pages that listen", async () => {
  const proxy = await listening({}, undefined, still());
  const cookie = await logIn(proxy);
  const page = await listeningPage(proxy, cookie);
  const looks = countLooks(proxy);
  const begun = Date.now();
  await Promise.all([proxy.app.stop(), proxy.close(60_000)]);
  expect(await page.next()).toBeUndefined();
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(looks()).toBe(0); // not even for the next look
});

test("whoever has no session hears nothing", async () => {
  const proxy = await listening();
  const response = await fetch(`${proxy.url}/dashboard/live`, { redirect: "manual" });
  expect(response.status).toBe(303);
  await response.body?.cancel();
});
