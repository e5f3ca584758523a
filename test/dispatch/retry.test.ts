import { describe, expect, test } from "vitest";
import { pauseMs } from "../../src/dispatch/circuit.ts";
import { type Attempt, decide } from "../../src/dispatch/retry.ts";
import type { Recipient } from "../../src/queue/message.ts";
import type { SendOutcome } from "../../src/smtp/outcome.ts";

const NOW = 1_800_000_000_000;
const pending = (position: number): Recipient => ({
  kind: "to",
  address: `r${position}@example.net`,
  status: "pending",
  code: null,
  enhancedCode: null,
  text: null,
});
const attempt = (recipients: number, over: Partial<Attempt> = {}): Attempt => ({
  recipients: Array.from({ length: recipients }, (_, position) => pending(position)),
  attempts: 0,
  retryDelays: [60, 300],
  ...over,
});
const answer = (position: number, code: number, text = "words") => {
  const reply = { code, enhanced: `${Math.floor(code / 100)}.0.0`, text };
  const address = `r${position}@example.net`;
  return code < 400
    ? ({ kind: "accepted", address, reply } as const)
    : ({ kind: "refused", stage: "rcpt", address, reply } as const);
};
const answered = (...codes: number[]): SendOutcome & { kind: "answered" } => ({
  kind: "answered",
  recipients: codes.map((code, position) => answer(position, code)),
});

describe("one attempt", () => {
  const cases: [name: string, codes: number[], state: string, statuses: string[], event: string][] = [
    ["accepted by all is sent", [250, 250], "sent", ["sent", "sent"], "sent"],
    ["refused by all for good is an error at once", [550, 550], "error", ["error", "error"], "error"],
    ["accepted by some, refused for good by others is sent", [250, 550], "sent", ["sent", "error"], "sent"],
    ["a temporary refusal is tried again", [451], "scheduled", ["pending"], "deferred"],
    ["250, 550 and 451: only the last is open", [250, 550, 451], "scheduled", ["sent", "error", "pending"], "deferred"],
  ];
  test.each(cases)("%s", (_, codes, state, statuses, event) => {
    const decision = decide(attempt(codes.length), answered(...codes), NOW, 0);
    expect(decision).toMatchObject({ state, attempts: 1, event: { type: event } });
    expect(decision.recipients.map(({ status }) => status)).toEqual(statuses);
  });
});

test("an event's codes are those of a recipient that it is about", () => {
  const deferred = decide(attempt(3), answered(250, 550, 451), NOW, 0);
  expect(deferred.event?.data).toMatchObject({
    smtp_code: 451,
    enhanced_code: "4.0.0",
    deferred_reason: "451 4.0.0 words",
  });
  expect(decide(attempt(2), answered(550, 250), NOW, 0).event?.data).toMatchObject({ smtp_code: 250 });
  expect(decide(attempt(1), answered(550), NOW, 0).event?.data).toMatchObject({
    smtp_code: 550,
    error: "550 5.0.0 words",
  });
});

test("retries wait as the policy says, with jitter that only lengthens", () => {
  expect(decide(attempt(1), answered(451), NOW, 0).dueAt).toBe(NOW + 60_000);
  expect(decide(attempt(1), answered(451), NOW, 0.999).dueAt).toBeGreaterThan(NOW + 60_000);
  expect(decide(attempt(1), answered(451), NOW, 0.999).dueAt).toBeLessThanOrEqual(NOW + 66_000);
  expect(decide(attempt(1, { attempts: 1 }), answered(451), NOW, 0).dueAt).toBe(NOW + 300_000);
});

test("n delays are n + 1 attempts; then what is still open is an error", () => {
  const last = decide(attempt(1, { attempts: 2 }), answered(451), NOW, 0);
  expect(last).toMatchObject({ state: "error", attempts: 3, dueAt: null });
  expect(last.error).toMatch(/retries exhausted: words/);
  expect(decide(attempt(1, { retryDelays: [] }), answered(451), NOW, 0).state).toBe("error");
});

test("a message that some accepted on an earlier attempt is sent, whatever becomes of the rest", () => {
  const recipients: Recipient[] = [{ ...pending(0), status: "sent", code: 250 }, pending(1)];
  const outcome: SendOutcome = { kind: "answered", recipients: [answer(1, 550)] };
  const decision = decide(attempt(0, { recipients, attempts: 1 }), outcome, NOW, 0);
  expect(decision).toMatchObject({ state: "sent", recipients: [{ status: "sent" }, { status: "error" }] });
  expect(decision.recipients[1]).toMatchObject({ code: 550 });
});

test("a connection lost after the final dot is an unknown outcome, and its report says so", () => {
  const lost: SendOutcome = { kind: "lost", stage: "body", unknown: true, error: "connection closed", recipients: [] };
  const decision = decide(attempt(1), lost, NOW, 0);
  expect(decision).toMatchObject({ state: "scheduled", outcomeUnknown: true, counts: true });
  expect(decision.event?.data).toMatchObject({
    outcome_unknown: true,
    deferred_reason: "connection closed",
    deferred_ts: NOW / 1000 + 60,
  });
});

test("a message that a server cannot take as it is fails for good and uses no slot", () => {
  const decision = decide(attempt(1), { kind: "unsendable", error: "too big", enhanced: "5.3.4" }, NOW, 0);
  expect(decision).toMatchObject({ state: "error", counts: false, error: "5.3.4 too big" });
});

test("the report carries tags and metadata back", () => {
  const { event } = decide(attempt(1, { tags: { a: "1" }, metadata: { b: "2" } }), answered(250), NOW, 0);
  expect(event?.data).toMatchObject({ tags: { a: "1" }, metadata: { b: "2" }, attempt: 1, smtp_code: 250 });
});

test("an account's pause is 30 s, doubles, ends at 15 min, and jitter only lengthens it", () => {
  expect([0, 1, 2, 3, 4, 5, 60].map((faults) => pauseMs(faults, 0) / 1000)).toEqual([30, 60, 120, 240, 480, 900, 900]);
  expect(pauseMs(0, 0.999)).toBeGreaterThan(30_000);
  expect(pauseMs(0, 0.999)).toBeLessThanOrEqual(33_000);
});
