/** What becomes of a notice that is believed: the event and its report, and who is suppressed. */
import { describe, expect, test } from "vitest";
import type { Candidate } from "../../src/bounces/match.ts";
import type { RecipientNotice } from "../../src/bounces/notice.ts";
import type { Entry } from "../../src/bounces/record.ts";
import { complaintEntry, deliveryEntry, pecEntry } from "../../src/bounces/record-entry.ts";
import type { StoredRecipient } from "../../src/db/recipients.ts";
import { type EventRow, report } from "../../src/reports/report.ts";

const AT = 1_800_000_000_000;
const UNTIL = AT + 1_000;
const A: StoredRecipient = ["to", "A@example.net", "sent", 250, "2.0.0", "ok"];
const MESSAGE: Candidate = {
  seq: 7,
  pk: "pk-7",
  tenantId: "acme",
  id: "m7",
  requestId: null,
  state: "sent",
  outcomeUnknown: false,
  recipients: [A],
  labels: { tags: { campaign: "may" }, metadata: { order: "12" } },
};

const told = (over: Partial<RecipientNotice>): RecipientNotice => ({
  action: "failed",
  reason: "no such user",
  ...over,
});
const ofDelivery = (over: Partial<RecipientNotice>) => deliveryEntry(MESSAGE, A, told(over), { suppressUntil: UNTIL });

/** As its tenant reads it. */
function reported({ type, data }: Entry) {
  const row: EventRow = {
    ...{ id: 1, type, at: AT, data: JSON.stringify(data), report_tries: 0 },
    ...{ tenant_id: "acme", message_id: "m7", pk: "pk-7", request_id: null, account_id: "main", priority: 2 },
  };
  const { tenant_id, id, pk, account_id, priority, event_id, ...own } = report(row);
  return own;
}

const recipient = (status: string, code: number | null, enhanced_code: string | null, text = "no such user") => ({
  recipients: [{ address: "A@example.net", kind: "to", status, code, enhanced_code, text }],
});
const LABELS = { tags: { campaign: "may" }, metadata: { order: "12" } };

describe("a failure", () => {
  test.each<[string, Partial<RecipientNotice>, "hard" | "soft", string | null]>([
    ["of class 5", { status: "5.1.1", smtpCode: 550 }, "hard", "5.1.1"],
    ["of class 4", { status: "4.2.2", smtpCode: 452 }, "soft", "4.2.2"],
    ["of class 4, whatever the code says", { status: "4.4.7", smtpCode: 550 }, "soft", "4.4.7"],
    ["with a code alone", { smtpCode: 550 }, "hard", "550"],
    ["with a temporary code alone", { smtpCode: 421 }, "soft", "421"],
    ["without either", {}, "hard", null],
  ])("%s", (_, over, type, code) => {
    const entry = ofDelivery(over);
    expect(entry).toMatchObject({
      message: 7,
      pk: "pk-7",
      tenantId: "acme",
      type: "bounce",
      origin: "bounce a@example.net",
    });
    expect(entry.data).toMatchObject({ bounce_type: type, bounce_code: code, bounce_reason: "no such user" });
    const listed = { address: "A@example.net", source: "bounce", reason: "no such user", expiresAt: UNTIL };
    expect(entry.suppress).toEqual(type === "hard" ? listed : undefined);
  });

  test("is reported with one moment, its codes, its recipient and what the message was labelled with", () => {
    expect(reported(ofDelivery({ status: "5.1.1", smtpCode: 550 }))).toEqual({
      bounce_ts: AT / 1000,
      ...{ bounce_type: "hard", bounce_code: "5.1.1", bounce_reason: "no such user" },
      ...{ smtp_code: 550, enhanced_code: "5.1.1" },
      ...recipient("error", 550, "5.1.1"),
      ...LABELS,
    });
  });
});

test("a delay is reported as deferred until the server gives up, else from now on, and suppresses nobody", () => {
  const delayed = ofDelivery({ action: "delayed", status: "4.4.1", retryUntil: AT + 5_900 });
  const common = {
    deferred_reason: "no such user",
    enhanced_code: "4.4.1",
    ...recipient("pending", null, "4.4.1"),
    ...LABELS,
  };
  expect(reported(delayed)).toEqual({ deferred_ts: AT / 1000 + 5, ...common });
  expect(delayed).toMatchObject({ type: "delayed", origin: "delayed a@example.net" });
  expect(delayed.suppress).toBeUndefined();
  expect(reported(ofDelivery({ action: "delayed", status: "4.4.1" }))).toEqual({ deferred_ts: AT / 1000, ...common });
});

test.each(["delivered", "relayed", "expanded"] as const)("what was %s is reported so, and is no bounce", (action) => {
  const entry = ofDelivery({ action, status: "2.0.0", smtpCode: 250, reason: "ok" });
  expect(entry).toMatchObject({ type: action, origin: `${action} a@example.net` });
  expect(entry.suppress).toBeUndefined();
  expect(reported(entry)).toEqual({
    [`${action}_ts`]: AT / 1000,
    ...{ smtp_code: 250, enhanced_code: "2.0.0" },
    ...recipient("sent", 250, "2.0.0", "ok"),
    ...LABELS,
  });
});

test.each(["abuse", "Fraud", "virus", "other", "opt-out"])("a complaint of %s is one, and suppresses", (type) => {
  const entry = complaintEntry(MESSAGE, A, type, { suppressUntil: null })!;
  expect(entry.origin).toBe("complaint a@example.net");
  expect(entry.suppress).toEqual({
    ...{ address: "A@example.net", source: "complaint", reason: type.toLowerCase(), expiresAt: null },
  });
  expect(reported(entry)).toEqual({
    ...{ complaint_ts: AT / 1000, complaint_type: type.toLowerCase(), complaint_reason: expect.stringMatching(/\w/) },
    ...recipient("sent", 250, "2.0.0", "ok"),
    ...LABELS,
  });
});

test.each(["not-spam", "auth-failure", "constructor", ""])("a feedback report of %j is no complaint", (type) => {
  expect(complaintEntry(MESSAGE, A, type, { suppressUntil: null })).toBeUndefined();
});

test("a receipt is reported under its own name, of a recipient or of the message as a whole", () => {
  expect(reported(pecEntry(MESSAGE, A, "pec_delivery", "avvenuta-consegna"))).toEqual({
    ...{ pec_event: "pec_delivery", pec_ts: AT / 1000, pec_details: "avvenuta-consegna" },
    ...recipient("sent", 250, "2.0.0", "ok"),
    ...LABELS,
  });
  const whole = pecEntry(MESSAGE, undefined, "pec_acceptance", "accettazione");
  expect(whole.origin).toBe("pec_acceptance ");
  expect(reported(whole)).not.toHaveProperty("recipients");
});
