import { expect, test } from "vitest";
import { type EventRow, report } from "../../src/reports/report.ts";

const event = (type: string, data: object = {}): EventRow => ({
  id: 7,
  type,
  at: 1_700_000_000_900,
  data: JSON.stringify(data),
  report_tries: 0,
  tenant_id: "acme",
  message_id: "m1",
  pk: "0190-pk",
  request_id: null,
  account_id: "main",
  priority: 2,
});

test("a report names its message, its account and its event", () => {
  const told = report(event("sent", { smtp_code: 250, enhanced_code: "2.0.0", tags: { a: "b" } }));
  expect(told).toEqual({
    tenant_id: "acme",
    id: "m1",
    pk: "0190-pk",
    account_id: "main",
    priority: 2,
    event_id: "7",
    sent_ts: 1_700_000_000,
    smtp_code: 250,
    enhanced_code: "2.0.0",
    tags: { a: "b" },
  });
});

test.each([
  ["sent", {}, { sent_ts: 1_700_000_000 }],
  ["error", { error: "550 no such user" }, { error_ts: 1_700_000_000 }],
  ["deferred", { deferred_ts: 1_700_000_060, deferred_reason: "rate_limit" }, { deferred_ts: 1_700_000_060 }],
  ["delayed", {}, { deferred_ts: 1_700_000_000 }],
  ["bounce", { bounce_type: "hard" }, { bounce_ts: 1_700_000_000 }],
  ["pec_delivery", { pec_details: "consegnato" }, { pec_ts: 1_700_000_000 }],
  ["complaint", {}, { complaint_ts: 1_700_000_000 }],
  ["delayed", { deferred_ts: 1_700_003_600, deferred_reason: "on holiday" }, { deferred_ts: 1_700_003_600 }],
  ["delivered", {}, { delivered_ts: 1_700_000_000 }],
  ["relayed", {}, { relayed_ts: 1_700_000_000 }],
  ["expanded", {}, { expanded_ts: 1_700_000_000 }],
  ["unsubscribed", {}, { unsubscribed_ts: 1_700_000_000 }],
  ["pec_timeout", {}, { pec_ts: 1_700_000_000 }],
  ["error", { sent_ts: 5, deferred_ts: 6 }, { error_ts: 1_700_000_000 }],
])("a report of %s %o carries exactly one moment", (type, data, moment) => {
  const told = report(event(type, data));
  expect(Object.fromEntries(Object.entries(told).filter(([name]) => name.endsWith("_ts")))).toEqual(moment);
});

test("a PEC receipt says which one it is", () => {
  expect(report(event("pec_acceptance"))).toMatchObject({ pec_event: "pec_acceptance" });
  expect(report(event("sent"))).not.toHaveProperty("pec_event");
});
