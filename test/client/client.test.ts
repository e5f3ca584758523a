/** The typed client against the real application, over a real port. */
import { expect, test } from "vitest";
import { type Delivery, MailProxy, MailProxyError, type MailProxyOptions } from "../../src/client/index.ts";
import { nextWait } from "../../src/client/retry.ts";
import { bounce } from "../bounces/mails.ts";
import { endpoint } from "../reports/support.ts";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";
import { listen } from "../support/listen.ts";

const MESSAGE = { id: "order-17", from: "shop@example.com", to: "bob@example.com", subject: "Order", text: "Soon." };

/** What happens to each call on its way, by turns; undefined lets it pass. */
type Fault = "lost" | "cut" | Response | undefined;

async function connected(faults: Fault[] = [], options: Partial<MailProxyOptions> = {}) {
  const { app } = await startApp();
  const calls: string[] = [];
  const url = await listen(async (request) => {
    calls.push(`${request.method} ${new URL(request.url).pathname}`);
    const fault = faults.shift();
    if (fault === "cut" || fault instanceof Response) return fault === "cut" ? undefined : fault;
    const answer = await app.fetch(request);
    return fault === "lost" ? undefined : answer;
  });
  const client = new MailProxy({ url, token: ADMIN_TOKEN, ...options });
  const plain = new MailProxy({ url: "http://proxy.test", token: ADMIN_TOKEN, fetch: (request) => app.fetch(request) });
  await plain.tenants.save({ id: "shop" });
  await plain.accounts.save({ id: "default", tenant_id: "shop", host: "smtp.example.com", suppress_send: true });
  return { client, calls, url };
}

async function failureOf(call: Promise<unknown>): Promise<MailProxyError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MailProxyError)) throw new Error(`expected a MailProxyError, got ${String(error)}`);
  return error;
}

test("a message goes from the client to its end, and can be looked at on its way", async () => {
  const { client } = await connected();
  expect(await client.messages.add([MESSAGE])).toEqual({ ok: true, queued: 1, rejected: [] });
  let message = await client.messages.get("order-17");
  while (message.status !== "sent") message = await client.messages.get("order-17");
  expect(message.events.map(({ event }) => event)).toContain("sent");
  expect((await failureOf(client.messages.cancel("order-17"))).code).toBe("conflict");
  expect(await client.messages.delete(["order-17", "none"])).toMatchObject({ removed: 1, not_found: ["none"] });
});

test("a mail that came back is read, and read again where its answer was lost", async () => {
  const { client, calls } = await connected();
  await client.messages.add([MESSAGE]);
  let message = await client.messages.get("order-17");
  while (message.status !== "sent") message = await client.messages.get("order-17");
  const mail = bounce({ pk: message.pk, recipients: [{ address: "bob@example.com" }] });
  const lost = await connected(["lost"]);
  expect(await lost.client.bounces.read(mail)).toMatchObject({ events: [], ignored: [{ reason: "no such message" }] });
  expect(lost.calls).toEqual(["POST /bounces", "POST /bounces"]);
  const query = { recipient: "bounces@example.com", tenant_id: "shop" };
  const told = { event: "bounce", id: "order-17", recipient: "bob@example.com" };
  expect(await client.bounces.read(mail, query)).toMatchObject({
    kind: "delivery",
    events: [{ ...told, repeated: false }],
  });
  const bytes = new TextEncoder().encode(mail);
  expect(await client.bounces.read(bytes)).toMatchObject({ events: [{ ...told, repeated: true }] });
  expect(calls.filter((call) => call === "POST /bounces")).toHaveLength(2);
});

test("the settings in force are told, and mailboxes read anew", async () => {
  const { client, calls } = await connected();
  const { settings } = await client.settings();
  expect(settings).toContainEqual(expect.objectContaining({ name: "MAIL_PROXY_PORT", value: 8000, from: "default" }));
  expect(await client.bounces.reload()).toEqual({ ok: true, mailboxes: 0 });
  expect(calls).toEqual(["GET /instance/settings", "POST /instance/reload-bounce"]);
});

test("a message that waits is canceled and sent again", async () => {
  const { client } = await connected();
  await client.messages.add([{ ...MESSAGE, id: "a/b c", deferred_ts: "2099-01-01" }], { default_priority: "low" });
  expect(await client.messages.cancel("a/b c")).toMatchObject({ status: "canceled", priority: 3 });
  expect((await client.messages.retry("a/b c")).status).not.toBe("canceled");
});

test("all pages are walked, whatever their size", async () => {
  const { client } = await connected();
  const ids = ["1", "2", "3", "4", "5"];
  await client.messages.add(ids.map((id) => ({ ...MESSAGE, id })));
  const found: string[] = [];
  for await (const { id } of client.messages.each({ tenant_id: "shop", limit: 2 })) found.push(id);
  expect(found).toEqual(ids.toReversed());
});

test("tenants, keys, accounts, suspensions, settings and figures are within reach", async () => {
  const { client, url } = await connected();
  const { api_key } = await client.tenants.createKey("shop", { expires_at: "2099-01-01" });
  const shop = new MailProxy({ url, token: api_key });
  expect((await shop.tenants.list()).tenants.map(({ id }) => id)).toEqual(["shop"]);
  expect(await shop.tenants.update("shop", { name: "The shop" })).toMatchObject({
    name: "The shop",
    has_api_key: true,
  });
  expect((await shop.accounts.list()).accounts.map(({ id }) => id)).toEqual(["default"]);
  expect(await shop.commands.suspend({ batch_code: "news" })).toMatchObject({ suspended_batches: ["news"] });
  expect(await shop.commands.activate({ batch_code: "news" })).toMatchObject({ suspended_batches: [] });
  expect((await failureOf(shop.status())).status).toBe(403);
  expect(await client.updateInstance({ default_priority: "high" })).toMatchObject({ default_priority: 1 });
  expect(await client.status()).toMatchObject({ ok: true, version: "0.0.0-test" });
  expect((await client.commands.log({ limit: 1 })).commands).toHaveLength(1);
});

test("what the proxy refuses is an error with its code, status, details and request id", async () => {
  const { client } = await connected();
  const error = await failureOf(
    client.accounts.save({ id: "x", tenant_id: "shop", host: "smtp.example.com", port: 0 }),
  );
  expect(error).toMatchObject({ code: "validation_failed", status: 422, details: [{ path: "port" }] });
  expect(error.request_id).toMatch(/^[\w-]{36}$/);
  expect((await failureOf(client.messages.get("none"))).code).toBe("not_found");
});

test("a call whose answer was lost is made again, and its messages are there once", async () => {
  const { client, calls } = await connected(["lost", "cut"]);
  expect(await client.messages.add([{ ...MESSAGE, deferred_ts: "2099-01-01" }])).toMatchObject({ queued: 1 });
  expect(calls).toHaveLength(3);
  expect((await client.messages.list()).messages).toHaveLength(1);
});

test("503 is waited for as long as it asks; a call that would do more a second time is made once", async () => {
  const busy = () =>
    Response.json({ ok: false, error: "busy", code: "overloaded" }, { status: 503, headers: { "Retry-After": "0" } });
  const { client, calls } = await connected([busy(), undefined, "cut"]);
  await client.messages.list();
  expect(calls).toHaveLength(2);
  expect(await failureOf(client.tenants.createKey("shop"))).toMatchObject({ code: "unreachable", status: 0 });
  expect(calls).toHaveLength(3);
});

test("an answer of somebody in between is told as such", async () => {
  const { client } = await connected([new Response("<h1>Bad gateway</h1>", { status: 502 })]);
  expect(await failureOf(client.messages.list())).toMatchObject({ code: "unexpected_answer", status: 502 });
});

test("a token is not taken along to where somebody in between would lead", async () => {
  const reached: string[] = [];
  const elsewhere = await listen((request) => {
    reached.push(request.headers.get("X-API-Token") ?? "no token");
    return Promise.resolve(Response.json({ ok: true, messages: [], next_cursor: null }));
  });
  const { client } = await connected([new Response(null, { status: 307, headers: { Location: String(elsewhere) } })]);
  expect(await failureOf(client.messages.list())).toMatchObject({ code: "unexpected_answer", status: 307 });
  expect(reached).toEqual([]);
});

test("an aborted call ends at once with the reason, also between its tries", async () => {
  let calls = 0;
  const busy = { ok: false, error: "busy", code: "overloaded" };
  const fetch = async () => {
    calls++;
    return Response.json(busy, { status: 503, headers: { "Retry-After": "60" } });
  };
  const client = new MailProxy({ url: "http://proxy.test", token: "t", fetch });
  const stop = new AbortController();
  const call = client.messages.list({ signal: stop.signal });
  await new Promise((resolve) => setImmediate(resolve)); // what was answered is read, and the wait has begun
  stop.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  await expect(client.messages.list({ signal: AbortSignal.abort(new Error("at once")) })).rejects.toThrow("at once");
  expect(calls).toBe(1);
});

test("a call that is aborted on its way leaves at once", async () => {
  const stop = new AbortController();
  const url = await listen(() => {
    stop.abort(new Error("enough"));
    return new Promise(() => undefined);
  });
  const client = new MailProxy({ url, token: "t" });
  await expect(client.status({ signal: stop.signal })).rejects.toThrow("enough");
});

test("a proxy that does not answer in time is unreachable", async () => {
  const url = await listen(() => new Promise(() => undefined));
  const client = new MailProxy({ url, token: "t", timeoutMs: 50, maxRetries: 0 });
  expect(await failureOf(client.status())).toMatchObject({ code: "unreachable", message: "no answer within 50 ms" });
});

test("the path that a proxy in front has put before it stays, with or without its slash", async () => {
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    asked.push(request.url);
    return Response.json({ ok: true });
  };
  for (const url of ["https://x.example/mail", "https://x.example/mail/"])
    await new MailProxy({ url, token: "t", fetch }).health();
  expect(asked).toEqual(["https://x.example/mail/health", "https://x.example/mail/health"]);
});

test.each([
  { tries: 1, asked: null, random: 1, ms: 250 },
  { tries: 3, asked: null, random: 0, ms: 500 },
  { tries: 1, asked: "7", random: 0, ms: 7_000 },
  { tries: 1, asked: "0", random: 0, ms: 0 },
  { tries: 1, asked: "61", random: 0, ms: undefined },
  { tries: 1, asked: "Wed, 21 Oct 2026 07:28:00 GMT", random: 1, ms: 250 },
  { tries: 4, asked: null, random: 0, ms: undefined },
])("after try $tries, with Retry-After $asked, the next comes in $ms ms", ({ tries, asked, random, ms }) => {
  expect(nextWait(tries, 3, asked, random)).toBe(ms);
});

test("a webhook is made, changed, tried out and removed; its log is walked, and what stands there goes once more", async () => {
  const { client } = await connected();
  const hook = await endpoint();
  const made = await client.webhooks.create({ endpoint: hook.url, events: ["email.failed"] });
  const { id } = made;
  expect((await client.webhooks.rotateSecret(id, { overlap_seconds: 60 })).signing_secret).not.toBe(
    made.signing_secret,
  );
  expect((await client.webhooks.update(id, { events: null })).events).toBeNull();
  expect((await client.webhooks.list()).webhooks.map((webhook) => webhook.id)).toEqual([id]);
  const test = await client.webhooks.test(id);
  await hook.called(1);
  await client.messages.add([MESSAGE]);
  await hook.called(2);
  let found: Delivery[] = [];
  while (found.filter(({ state }) => state === "delivered").length < 2) {
    found = [];
    for await (const delivery of client.webhooks.eachDelivery(id, { limit: 1 })) found.push(delivery);
  }
  expect(found.map(({ type }) => type)).toEqual(["email.sent", "webhook.test"]);
  expect(await client.webhooks.delivery(id, test.id)).toMatchObject({ type: "webhook.test", http_status_code: 200 });
  await client.webhooks.replay(id, test.id);
  await hook.called(3);
  expect(await client.webhooks.replayRange(id, { since: 0, event_type: "email.sent" })).toMatchObject({ replayed: 1 });
  await hook.called(4);
  expect((await client.webhooks.delete(id)).deleted).toBe(true);
  expect((await failureOf(client.webhooks.get(id))).status).toBe(404);
});
