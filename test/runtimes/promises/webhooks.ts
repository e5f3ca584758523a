/** Webhooks through the package `resend` as npm has it: made, changed, called, verified, replayed, and gone. */
import { type CreateWebhookOptions, Resend } from "resend";
import { expect } from "vitest";
import { bounce } from "../../bounces/mails.ts";
import { endpoint, type ReceivedCall } from "../../reports/support.ts";
import { EMAIL, given, openResend } from "../clients.ts";
import type { Tenant } from "../tenant.ts";
import { ADMIN_TOKEN } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const PUBLIC = "https://hooks.example.com/mail";
const TOLD = ["email.sent", "email.bounced"] as const;

/** One that the operator made, who alone may name an address within the network. */
async function operatorsWebhook(tenant: Tenant, url: string): Promise<{ id: string; secret: string }> {
  const { status, body } = await tenant.call("POST", "/webhooks", { endpoint: url, events: TOLD });
  expect({ status, body }).toMatchObject({ status: 200, body: { object: "webhook" } });
  return { id: String(body.id), secret: String(body.signing_secret) };
}

function verified(client: Resend, { body, headers }: ReceivedCall, webhookSecret: string) {
  const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => String(headers[`webhook-${name}`]));
  return client.webhooks.verify({
    payload: body,
    headers: { id: id!, timestamp: timestamp!, signature: signature! },
    webhookSecret,
  });
}

export function webhooks({ proxy, promise }: Promises): void {
  promise("a webhook is made, shown without its secret, changed, given another secret, and removed", async () => {
    const { client } = await openResend(proxy);
    const made = given(await client.webhooks.create({ endpoint: PUBLIC, events: [...TOLD] }));
    expect(made).toMatchObject({ object: "webhook", signing_secret: expect.stringMatching(/^whsec_/) });
    const { id, signing_secret: secret } = made;
    const shown = { id, endpoint: PUBLIC, events: TOLD, status: "enabled" };
    const got = given(await client.webhooks.get(id));
    expect(got).toMatchObject({ object: "webhook", ...shown });
    const list = await client.webhooks.list();
    expect(given(list)).toMatchObject({ object: "list", has_more: false, data: [shown] });
    expect(JSON.stringify([got, list])).not.toContain(secret);

    const changes = { endpoint: `${PUBLIC}/2`, events: ["email.failed" as const], status: "disabled" as const };
    expect(given(await client.webhooks.update(id, changes))).toMatchObject({ object: "webhook", id });
    expect(given(await client.webhooks.get(id))).toMatchObject(changes);
    const rotated = given(await client.webhooks.rotateSigningSecret(id));
    expect(rotated).toMatchObject({ object: "webhook", id, signing_secret: expect.stringMatching(/^whsec_/) });
    expect(rotated.signing_secret).not.toBe(secret);
    expect(given(await client.webhooks.remove(id))).toMatchObject({ object: "webhook", id, deleted: true });
    expect((await client.webhooks.get(id)).error).toMatchObject({ statusCode: 404, name: "not_found" });
  });

  promise("a webhook within the network, of another tenant, or for what never happens is refused", async () => {
    const { client, relay } = await openResend(proxy);
    const events = [...TOLD];
    const refused: [string, CreateWebhookOptions][] = [
      ["endpoint", { endpoint: "http://127.0.0.1/hook", events }],
      ["endpoint", { endpoint: "no address", events }],
      ["events", { endpoint: PUBLIC, events: ["contact.created"] }],
    ];
    for (const [field, webhook] of refused) {
      const { error } = await client.webhooks.create(webhook);
      expect(error).toMatchObject({
        statusCode: 422,
        name: "validation_error",
        message: expect.stringContaining(field),
      });
    }
    expect(given(await client.webhooks.list()).data).toEqual([]);

    const { id } = given(await (await openResend(proxy)).client.webhooks.create({ endpoint: PUBLIC, events }));
    const foreign = [
      await client.webhooks.get(id),
      await client.webhooks.update(id, { status: "disabled" }),
      await client.webhooks.remove(id),
      await client.webhooks.rotateSigningSecret(id),
      await client.webhooks.events.list({ webhookId: id }),
    ];
    for (const { error } of foreign) expect(error).toMatchObject({ statusCode: 404, name: "not_found" });
    const stranger = new Resend("re_wrong", { baseUrl: relay.url });
    expect((await stranger.webhooks.list()).error).toMatchObject({ statusCode: 401, name: "invalid_api_key" });
  });

  promise(
    "what becomes of an email is told in order, signed so that `webhooks.verify` takes it and nothing else",
    async () => {
      const { client, tenant } = await openResend(proxy);
      const hook = await endpoint();
      const { secret } = await operatorsWebhook(tenant, hook.url);
      const { id } = given(await client.emails.send({ ...EMAIL, tags: [{ name: "kind", value: "order" }] }));
      await proxy.until(() => hook.calls.length >= 1);
      const words = "no such user here";
      const mail = bounce({ pk: id, recipients: [{ address: EMAIL.to, words }] });
      const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" };
      await proxy.send("/bounces", { method: "POST", headers, body: mail });
      await proxy.until(() => hook.calls.length >= 2);

      const data = { email_id: id, from: EMAIL.from, to: [EMAIL.to], subject: EMAIL.subject, tags: { kind: "order" } };
      expect(hook.calls.map((call) => verified(client, call, secret))).toMatchObject([
        { type: "email.sent", created_at: expect.any(String), data },
        {
          type: "email.bounced",
          data: { ...data, bounce: { type: "Permanent", message: expect.stringContaining(words) } },
        },
      ]);
      expect(given(await client.emails.get(id))).toMatchObject({ last_event: "bounced" });
      const [call] = hook.calls;
      const forged = { ...call!, body: call!.body.replace("email.sent", "email.bounced") };
      expect(() => verified(client, forged, secret)).toThrow();
      expect(() => verified(client, call!, `whsec_${Buffer.from("another").toString("base64")}`)).toThrow();
    },
  );

  promise("what an endpoint did not take comes again under the same id, and what it took can be replayed", async () => {
    const { client, tenant } = await openResend(proxy);
    const hook = await endpoint((_, n) => ({ status: n === 1 ? 503 : 200 }));
    const { id: webhookId, secret } = await operatorsWebhook(tenant, hook.url);
    given(await client.emails.send(EMAIL));
    const events = async () => given(await client.webhooks.events.list({ webhookId })).data;
    await proxy.until(async () => (await events())[0]?.status === "attempting");
    given(await client.webhooks.update(webhookId, { status: "enabled" })); // which ends its wait
    await proxy.until(async () => (await events())[0]?.status === "success");
    const [event] = await events();
    const eventId = event?.id ?? "";
    expect(given(await client.webhooks.events.get({ webhookId, eventId }))).toMatchObject({
      object: "webhook_event",
      id: eventId,
      type: "email.sent",
      payload: { type: "email.sent", data: { to: [EMAIL.to] } },
    });
    const attempts = given(await client.webhooks.events.attempts.list({ webhookId, eventId }));
    expect(attempts.data.map(({ http_status_code }) => http_status_code).sort()).toEqual([200, 503]);

    const { signing_secret: next } = given(await client.webhooks.rotateSigningSecret(webhookId));
    expect(given(await client.webhooks.events.replay({ webhookId, eventId }))).toMatchObject({ id: eventId });
    await proxy.until(() => hook.calls.length >= 3);
    expect(new Set(hook.calls.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([eventId]));
    expect(new Set(hook.calls.map(({ body }) => body)).size).toBe(1);
    for (const call of hook.calls) expect(verified(client, call, secret)).toMatchObject({ type: "email.sent" });
    const [, , replayed] = hook.calls; // signed with either secret for a while
    expect(verified(client, replayed!, next)).toMatchObject({ type: "email.sent" });
    const unknown = await client.webhooks.events.replay({ webhookId, eventId: "msg_unknown" });
    expect(unknown.error).toMatchObject({ statusCode: 404, name: "not_found" });
  });
}
