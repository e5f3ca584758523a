/** A client that calls as PostStack's SDK does (test/support/poststack.ts), and demands the fields that one reads. */
import { expect } from "vitest";
import { endpoint } from "../../reports/support.ts";
import { PostStack } from "../../support/poststack.ts";
import { openPostStack } from "../clients.ts";
import { PUBLIC_URL } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const EMAIL = {
  from: "Shop <shop@example.com>",
  to: ["ann@example.net"],
  subject: "Your order",
  html: "<p>Thank you.</p>",
  text: "Thank you.",
  tags: ["order", "first"],
};
const DAY_MS = 86_400_000;

export function poststack({ proxy, promise }: Promises): void {
  promise("an email with tags and a way to unsubscribe is sent, and shown with its status and events", async () => {
    const { client, tenant } = await openPostStack(proxy);
    const { id } = await client.emails.send({ ...EMAIL, unsubscribe: true });
    const [message] = await tenant.untilTaken(1);
    expect(message?.wire).toMatch(new RegExp(`^List-Unsubscribe:\\s+<${PUBLIC_URL}/`, "m"));
    await proxy.until(async () => (await client.emails.get(id)).email.status === "delivered");
    const { email } = await client.emails.get(id);
    expect(email).toMatchObject({
      id,
      publicId: id,
      subject: EMAIL.subject,
      fromAddress: "shop@example.com",
      fromName: "Shop",
      toAddresses: EMAIL.to,
      tags: [...EMAIL.tags].sort(),
      htmlBody: EMAIL.html,
      textBody: EMAIL.text,
    });
    expect(Date.parse(email.sentAt ?? "")).toBeGreaterThanOrEqual(Date.parse(email.createdAt ?? ""));
    const { events } = await client.emails.events(id);
    expect(events.map(({ emailId }) => emailId)).toEqual(events.map(() => id));
    expect(events.length).toBeGreaterThan(0);
    expect(await client.emails.insights(id)).toEqual({ warnings: expect.any(Array) });
  });

  promise("what would harm an email is said by its insights", async () => {
    const { client } = await openPostStack(proxy, { account: { from_address: "shop@example.org" } });
    const { text: _, ...withoutText } = EMAIL;
    const { id } = await client.emails.send(withoutText);
    const { warnings } = await client.emails.insights(id);
    expect(warnings.map(({ type }) => type)).toContain("missing_text_body");
    expect(warnings.every(({ code, type, message }) => code === type && message.length > 0)).toBe(true);
  });

  promise("a request whose answer was lost is repeated by the client itself, and sends nothing twice", async () => {
    const { client, tenant, relay } = await openPostStack(proxy);
    relay.lose(2);
    const { id, replayed } = await client.emails.send(EMAIL);
    expect(replayed).toBe(true);
    const tries = relay.requests.filter(({ call }) => call === "POST /emails");
    expect(tries).toHaveLength(3);
    expect(new Set(tries.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
    const { body } = await tenant.call("GET", "/messages");
    expect(body.messages).toMatchObject([{ pk: id }]);
  });

  promise("the key in the body wins over the one that the client makes for each request", async () => {
    const { client } = await openPostStack(proxy);
    const keyed = { ...EMAIL, idempotency_key: "order-17", idempotency_window_hours: 1 };
    const { id } = await client.emails.send(keyed);
    expect(await client.emails.send(keyed)).toEqual({ id, replayed: true });
    await expect(client.emails.send({ ...keyed, subject: "Another" })).rejects.toMatchObject({ status: 409 });
    await expect(client.emails.send({ ...keyed, idempotency_window_hours: 73 })).rejects.toMatchObject({ status: 422 });
  });

  promise("of a batch of emails each is for itself, in its place", async () => {
    const { client, tenant } = await openPostStack(proxy);
    const { data } = await client.emails.batch([EMAIL, { ...EMAIL, to: ["nobody"] }, EMAIL]);
    expect(data).toEqual([
      { id: expect.any(String) },
      { error: expect.stringContaining("nobody"), code: expect.any(String) },
      { id: expect.any(String) },
    ]);
    await tenant.untilTaken(2);
  });

  promise("emails are listed by page, status, recipient, sender, subject, tag and day", async () => {
    const { client, tenant } = await openPostStack(proxy);
    for (const subject of ["one", "two", "three"]) await client.emails.send({ ...EMAIL, subject });
    await tenant.untilTaken(3);
    await proxy.until(async () => (await client.emails.list({ status: "delivered" })).data.length === 3);
    const scheduled_at = new Date(Date.now() + DAY_MS).toISOString();
    const { id } = await client.emails.send({ ...EMAIL, to: ["zoe@example.net"], tags: ["later"], scheduled_at });

    const { data, meta } = await client.emails.list({ page: "2", per_page: "3" });
    expect(data.map(({ subject }) => subject)).toEqual(["one"]);
    expect(meta).toEqual({ page: 2, perPage: 3, total: 4, totalPages: 2 });
    const day = (ms: number) => new Date(Date.now() + ms).toISOString();
    const searches: [Record<string, string>, number][] = [
      [{ to: "zoe@example.net" }, 1],
      [{ tag: "later" }, 1],
      [{ status: "queued" }, 1],
      [{ subject: "three" }, 1],
      [{ from: "shop@example.com" }, 4],
      [{ from: "nobody@example.com" }, 0],
      [{ date_from: day(-DAY_MS), date_to: day(DAY_MS) }, 4],
      [{ date_from: day(DAY_MS) }, 0],
      [{ date_to: day(-DAY_MS) }, 0],
      [{ to: "zoe@example.net", tag: "order" }, 0],
    ];
    for (const [filters, count] of searches)
      expect({ filters, count: (await client.emails.list(filters)).data.length }).toEqual({ filters, count });

    await client.emails.reschedule(id, new Date(Date.now() + 2 * DAY_MS).toISOString());
    await client.emails.cancel(id);
    await expect(client.emails.cancel(id)).rejects.toMatchObject({ status: 409 });
  });

  promise("an error has its words, a code and the id of the request", async () => {
    const { client, relay } = await openPostStack(proxy);
    const requestId = expect.stringMatching(/.+/);
    const invalid = client.emails.send({ ...EMAIL, template_id: "welcome" });
    await expect(invalid).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("template_id"),
      code: "validation_failed",
      requestId,
    });
    await expect(client.emails.get(crypto.randomUUID())).rejects.toMatchObject({ status: 404, code: "not_found" });
    const stranger = new PostStack("wrong", relay.url);
    await expect(stranger.emails.list({})).rejects.toMatchObject({ status: 401, code: "unauthorized", requestId });
    expect(relay.requests).toHaveLength(3); // what another time would be refused again is not tried again
  });

  promise("webhooks: made, listed, tried out, their deliveries shown and replayed, changed and deleted", async () => {
    const { client, tenant } = await openPostStack(proxy);
    const hook = await endpoint();
    const { webhook, signingSecret } = await client.webhooks.create({
      url: "https://hooks.example.com/mail",
      events: ["email.sent"],
    });
    expect(webhook).toMatchObject({ url: "https://hooks.example.com/mail", events: ["email.sent"], active: true });
    expect((await client.webhooks.list()).webhooks).toEqual([webhook]);
    expect((await client.webhooks.rotateSecret(webhook.id)).signingSecret).not.toBe(signingSecret);
    expect((await client.webhooks.update(webhook.id, { enabled: false })).webhook.active).toBe(false);
    await client.webhooks.delete(webhook.id);
    await expect(client.webhooks.get(webhook.id)).rejects.toMatchObject({ status: 404 });

    const { body } = await tenant.call("POST", "/webhooks", { url: hook.url, events: ["email.sent"] });
    const id = String(body.id);
    await client.webhooks.test(id);
    const { id: email } = await client.emails.send(EMAIL);
    const allTaken = async () => {
      const { deliveries } = await client.webhooks.deliveries(id);
      return deliveries.length === 2 && deliveries.every(({ status }) => status === "success");
    };
    await proxy.until(allTaken);
    expect(hook.calls.map(({ body }) => JSON.parse(body).data.email_id)).toContain(email);
    const { deliveries } = await client.webhooks.deliveries(id);
    const sent = deliveries.find(({ eventType }) => eventType === "email.sent");
    await client.webhooks.replay(id, sent?.id ?? "");
    await proxy.until(async () => hook.calls.length === 3 && (await allTaken()));
    const range = { withinMinutes: 60, eventType: "email.sent", limit: 10 };
    expect(await client.webhooks.batchReplay(id, range)).toMatchObject({ replayed: 1, remaining: 0 });
    await proxy.until(() => hook.calls.length === 4);
    const ofEmail = hook.calls.filter(({ body }) => body.includes(email));
    expect(ofEmail.map(({ headers }) => headers["webhook-id"])).toEqual([sent?.id, sent?.id, sent?.id]);
  });
}
