/** What a webhook's owner sees of its deliveries: real events of real messages, called at a real endpoint, logged and replayed. */
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import type { HttpClient } from "../../src/ports.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { type Behaviour, endpoint, type ReceivedCall } from "../reports/support.ts";
import { type Answer, startApp, type TestApp } from "../support/app.ts";

const PUBLIC = "https://hooks.shop.example/mail";

/** An application with a tenant that sends through an account which delivers nothing; answers the tenant's key too. */
async function running(settings: Record<string, string> = {}, http?: HttpClient) {
  const app = await startApp(settings, undefined, http === undefined ? {} : { http });
  await app.call("POST", "/tenant", { id: "acme" });
  const account = { id: "default", tenant_id: "acme", host: "smtp.example.com", suppress_send: true };
  await app.call("POST", "/account", account);
  const { body } = await app.call("POST", "/tenant/acme/api-key", {});
  return { app, key: String(body.api_key) };
}

async function withHook(behave?: Behaviour, settings: Record<string, string> = {}) {
  const { app, key } = await running(settings);
  const hook = await endpoint(behave);
  const { body } = await app.call("POST", "/webhooks", { endpoint: `${hook.url}/mail?of=acme` });
  return { app, key, hook, path: `/webhooks/${body.id}`, secret: String(body.signing_secret) };
}

async function send(app: TestApp, ...ids: string[]): Promise<void> {
  const messages = ids.map((id) => ({ id, from: "shop@example.com", to: "ann@example.net", subject: id, text: "x" }));
  await app.call("POST", "/commands/add-messages", { messages });
}

async function deliveries(app: TestApp, path: string, query: string): Promise<Answer[]> {
  const { body } = await app.call("GET", `${path}/deliveries?${query}`);
  return body.data as Answer[];
}

/** Looks until what is seen fits; embedded, a look alone would let nothing else go on. */
async function seen<T>(look: () => Promise<T>, fits: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (fits(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until so many deliveries stand so in the log; answers them, newest first. */
const until = (app: TestApp, path: string, state: string, times: number) =>
  seen(
    () => deliveries(app, path, `state=${state}`),
    (found) => found.length >= times,
  );

const idOf = ({ headers }: ReceivedCall) => headers["webhook-id"];
const verify = (secret: string, { body, headers }: ReceivedCall) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

test("an event is called, and stands in the log with its body and the call", async () => {
  const { app, key, hook, path, secret } = await withHook();
  await send(app, "order-1");
  const [delivery] = await until(app, path, "delivered", 1);
  const [call] = hook.calls;
  expect(call?.path).toBe("/mail?of=acme");
  const payload = verify(secret, call!);
  expect(payload).toMatchObject({ type: "email.sent", data: { id: "order-1", to: ["ann@example.net"] } });
  expect(delivery).toMatchObject({
    ...{ id: idOf(call!), type: "email.sent", state: "delivered", status: "success", attempt_count: 1 },
    ...{ http_status_code: 200, next_attempt_at: null, delivered_at: expect.any(String) },
  });
  const { body } = await app.call("GET", `${path}/deliveries/${delivery?.id}`, undefined, key);
  const attempt = { id: "1", http_status_code: 200, error: null, response: null };
  expect(body).toMatchObject({ ...delivery, payload, attempts: [attempt] });
  const { body: listed } = await app.call("GET", `${path}/events/${delivery?.id}/attempts`, undefined, key);
  expect(listed).toEqual({ ok: true, object: "list", has_more: false, data: body.attempts });
  expect((await app.call("GET", path)).body).toMatchObject({ lastDeliveryStatus: "success", pending_deliveries: 0 });
});

test("a delivery is replayed byte for byte under its id, and a range of them in its order", async () => {
  const { app, hook, path, secret } = await withHook();
  const since = new Date(Date.now() - 60_000).toISOString();
  await send(app, "m1", "m2", "m3");
  const [, second] = await until(app, path, "delivered", 3);
  const first = hook.calls.slice();
  expect((await app.call("POST", `${path}/deliveries/${second?.id}/replay`)).body).toEqual({
    ...{ ok: true, object: "webhook_event", id: second?.id, success: true },
  });
  await hook.called(4);
  await until(app, path, "delivered", 3);
  const again = hook.calls[3]!;
  expect([idOf(again), again.body]).toEqual([second?.id, first.find((call) => idOf(call) === second?.id)?.body]);
  verify(secret, again);

  const range = { since, event_type: "email.sent" };
  expect((await app.call("POST", `${path}/deliveries/replay`, range)).body).toMatchObject({
    replayed: 3,
    remaining: 0,
  });
  await hook.called(7);
  expect(hook.calls.slice(4).map(idOf)).toEqual(first.map(idOf));
  await until(app, path, "delivered", 3);
  const { body } = await app.call("GET", `${path}/deliveries/${second?.id}`);
  expect((body.attempts as Answer[]).map(({ id }) => id)).toContain("3");
});

test("what happened while it was disabled is missed, and told when somebody asks for it", async () => {
  const { app, hook, path } = await withHook();
  await app.call("PATCH", path, { enabled: false });
  await send(app, "m1");
  await until(app, path, "missed", 1);
  await app.call("PATCH", path, { enabled: true });
  expect((await app.call("POST", `${path}/deliveries/batch-replay`, { withinMinutes: 5 })).body.replayed).toBe(1);
  await until(app, path, "delivered", 1);
  expect(hook.calls).toHaveLength(1);
});

test("a test comes at once, signed, whatever the webhook has chosen", async () => {
  const { app, key, hook, path, secret } = await withHook();
  await app.call("PATCH", path, { events: ["email.complained"] });
  const { body } = await app.call("POST", `${path}/test`, undefined, key);
  const [call] = await hook.called(1);
  expect(idOf(call!)).toBe(body.id);
  expect(verify(secret, call!)).toMatchObject({ type: "webhook.test" });
  expect(await until(app, path, "delivered", 1)).toMatchObject([{ id: body.id, event_id: null }]);
});

test("both secrets verify a call while one takes the place of the other, and at once only the new one where that is wished", async () => {
  const { app, hook, path, secret } = await withHook();
  const rotated = async (body?: object) =>
    String((await app.call("POST", `${path}/rotate-secret`, body)).body.signing_secret);
  const called = async (times: number) => {
    await app.call("POST", `${path}/test`);
    return (await hook.called(times))[times - 1]!;
  };
  const second = await rotated();
  const call = await called(1);
  for (const each of [secret, second]) expect(verify(each, call)).toMatchObject({ type: "webhook.test" });
  const third = await rotated({ overlap_seconds: 0 });
  const last = await called(2);
  expect(verify(third, last)).toMatchObject({ type: "webhook.test" });
  for (const each of [secret, second]) expect(() => verify(each, last)).toThrow("No matching signature");
});

test("what a tenant's own endpoint answers is its to see as far as 1 KiB, and what one answers that the admin named is not", async () => {
  const hook = await endpoint(() => ({ status: 500, body: `private${"x".repeat(5_000)}` }));
  const calls = createHttpClient();
  // The name stands for a public host, which this machine is not.
  const http: HttpClient = (request) => calls({ ...request, url: new URL(hook.url), addressFault: () => undefined });
  const { app, key } = await running({ ALLOW_PRIVATE_HOSTS: "false" }, http);
  const own = await app.call("POST", "/webhooks", { endpoint: PUBLIC }, key);
  const admins = await app.call("POST", "/webhooks", { endpoint: PUBLIC });
  await send(app, "m1");
  const shown: unknown[] = [];
  for (const { id } of [own.body, admins.body]) {
    const path = `/webhooks/${id}`;
    const [delivery] = await until(app, path, "pending", 1);
    const one = () => app.call("GET", `${path}/deliveries/${delivery?.id}`, undefined, key);
    const { body } = await seen(one, (answer) => answer.body.http_status_code !== null);
    const attempts = body.attempts as Answer[];
    expect(attempts[0]).toMatchObject({ http_status_code: 500, error: "HTTP 500" });
    shown.push(attempts[0]?.response);
  }
  expect(shown).toEqual([`private${"x".repeat(1_017)}`, null]);
});

test("an endpoint that is gone for good is disabled and says so, and enabling it lets what waits go", async () => {
  const { app, hook, path } = await withHook((_, n) => ({ status: n === 1 ? 410 : 200 }));
  await send(app, "m1");
  const { body } = await seen(
    () => app.call("GET", path),
    (answer) => answer.body.status === "disabled",
  );
  expect(body).toMatchObject({ disabledReason: expect.stringContaining("410"), pending_deliveries: 1 });
  expect((await app.call("POST", `${path}/test`)).status).toBe(409);
  await app.call("PATCH", path, { status: "enabled" });
  await until(app, path, "delivered", 1);
  expect(hook.calls).toHaveLength(2);
});
