import { expect, test } from "vitest";
import { type FedEvent, webhookBody } from "../../../src/reports/webhooks/body.ts";

const AT = Date.UTC(2026, 0, 5, 12);

function event(type: string, data: object = {}, over: Partial<FedEvent> = {}): FedEvent {
  return {
    id: 7,
    type,
    at: AT,
    data: JSON.stringify(data),
    tenant_id: "acme",
    pk: "0190-pk",
    message_id: "order-1",
    accepted_at: AT - 1_000,
    account_id: "main",
    subject: "Hello",
    content: JSON.stringify([
      "Ann <ann@B\u00fccher.example>",
      ["bob@example.net"],
      null,
      { shop: "1" },
      { trace: "x" },
    ]),
    ...over,
  };
}

const dataOf = (one: FedEvent) => (JSON.parse(webhookBody(one)!.payload) as { data: Record<string, unknown> }).data;

test("a body says what happened, when, and to which email, in the fields of Resend and in ours", () => {
  const recipients = [["to", "bob@example.net", "sent", 250, "2.0.0", "ok"]];
  const { type, payload } = webhookBody(
    event("sent", { recipients, smtp_code: 250, enhanced_code: "2.0.0", attempt: 1 }),
  )!;
  expect(type).toBe("email.sent");
  expect(JSON.parse(payload)).toEqual({
    type: "email.sent",
    created_at: "2026-01-05T12:00:00.000Z",
    data: {
      email_id: "0190-pk",
      message_id: "<0190-pk@xn--bcher-kva.example>",
      created_at: "2026-01-05T11:59:59.000Z",
      from: "Ann <ann@B\u00fccher.example>",
      to: ["bob@example.net"],
      subject: "Hello",
      tags: { shop: "1" },
      tenant_id: "acme",
      id: "order-1",
      account_id: "main",
      event_id: "7",
      recipients: [
        { address: "bob@example.net", kind: "to", status: "sent", code: 250, enhanced_code: "2.0.0", text: "ok" },
      ],
      smtp_code: 250,
      enhanced_code: "2.0.0",
      attempt: 1,
      metadata: { trace: "x" },
    },
  });
});

test.each([
  ["sent", {}, "email.sent"],
  ["delivered", {}, "email.delivered"],
  ["deferred", {}, "email.delivery_delayed"],
  ["delayed", {}, "email.delivery_delayed"],
  ["error", { error: "550 no" }, "email.failed"],
  ["error", { error: "suppressed" }, "email.suppressed"],
  ["bounce", {}, "email.bounced"],
  ["complaint", {}, "email.complained"],
])("%s %j is told as %s %s", (type, data, told) => {
  expect(webhookBody(event(type, data))?.type).toBe(told);
});

test.each(["relayed", "expanded", "unsubscribed", "pec_delivery", "canceled", "retried", "toString"])(
  "nobody is told of %s",
  (type) => {
    expect(webhookBody(event(type))).toBeUndefined();
  },
);

test.each([
  ["hard", "5.1.1", "Permanent", "NoEmail"],
  ["hard", "5.1.6", "Permanent", "NoEmail"],
  ["soft", "4.2.2", "Transient", "MailboxFull"],
  ["hard", "5.3.4", "Permanent", "MessageTooLarge"],
  ["hard", "5.7.1", "Permanent", "ContentRejected"],
  ["hard", "5.4.4", "Permanent", "General"],
  ["hard", null, "Permanent", "General"],
])("a %s bounce with %s is %s, %s", (bounce_type, bounce_code, type, subType) => {
  const data = dataOf(event("bounce", { bounce_type, bounce_code, bounce_reason: "no such user" }));
  expect(data.bounce).toEqual({ message: "no such user", type, subType });
});

test("each kind says why in a field of its own", () => {
  expect(dataOf(event("error", { error: "550 no" })).failed).toEqual({ reason: "550 no" });
  expect(dataOf(event("error", { error: "suppressed" })).suppressed).toMatchObject({ message: expect.any(String) });
  expect(dataOf(event("deferred", { deferred_ts: AT / 1000, deferred_reason: "450 busy" })).delivery_delayed).toEqual({
    reason: "450 busy",
    until: "2026-01-05T12:00:00.000Z",
  });
  expect(dataOf(event("complaint", { complaint_type: "abuse", complaint_reason: "spam" })).complaint).toEqual({
    message: "spam",
    type: "abuse",
  });
});

test("a Message-ID of the application's own is the one that is told", () => {
  const content = JSON.stringify(["ann@example.com", ["bob@example.net"], "<own@example.com>", null, null]);
  expect(dataOf(event("sent", {}, { content })).message_id).toBe("<own@example.com>");
});

test("a sender that is no address at all keeps nothing from being told", () => {
  const content = JSON.stringify(["undisclosed", [], null, null, null]);
  expect(dataOf(event("error", { error: "from: is no address" }, { content }))).toMatchObject({ message_id: null });
});

test("a message that was refused when it came in has nothing to say of itself", () => {
  const data = dataOf(
    event("error", { error: "to: is required", attempt: 0 }, { content: null, subject: null, account_id: null }),
  );
  expect(data).toMatchObject({ from: null, to: [], subject: null, message_id: null, tags: {}, metadata: {} });
});
