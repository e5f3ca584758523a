/** What to do with a message after one attempt: a pure decision, so that every case is a line in a table. */

import { SUPPRESSED } from "../db/suppressions.ts";
import type { NewEvent, Recipient, Settlement } from "../queue/message.ts";
import type { RecipientOutcome, Reply, SendOutcome } from "../smtp/outcome.ts";

/** An attachment could not be had for now; no server has heard of the message. */
export interface Unfetched {
  kind: "unfetched";
  error: string;
}

/** The outcome of an attempt that got as far as the message itself. */
export type AttemptOutcome = Exclude<SendOutcome, { kind: "account_fault" }> | Unfetched;

export interface Attempt {
  /** All recipients of the message, as they stood before the attempt. */
  recipients: readonly Recipient[];
  /** Attempts before this one. */
  attempts: number;
  /** Seconds to wait after the first, second... temporary failure; after the last one there is no further attempt. */
  retryDelays: readonly number[];
  /** Returned in the event, for the report. */
  tags?: Record<string, string> | undefined;
  metadata?: Record<string, string> | undefined;
  /** What was noticed about its attachments, for the same. */
  warnings?: readonly string[] | undefined;
}

export type Decision = Omit<Settlement, "seq" | "token" | "tenantId" | "accountKey">;

/** Up to a tenth longer, so that messages which failed together do not come back together. */
const JITTER = 0.1;

/** `now` in Unix milliseconds, `random` in [0, 1). */
export function decide(attempt: Attempt, outcome: AttemptOutcome, now: number, random: number): Decision {
  const number = attempt.attempts + 1;
  const answers = new Map(("recipients" in outcome ? outcome.recipients : []).map((own) => [own.address, own]));
  const after = attempt.recipients.map((recipient) => apply(recipient, outcome, answers.get(recipient.address)));
  const delay = attempt.retryDelays[attempt.attempts]; // RFC 5321 4.5.4.1: retries wait, and waits grow
  const open = after.some(({ status }) => status === "pending");
  const retryAfter = open ? delay : undefined;
  const settled = open && retryAfter === undefined ? after.map(giveUp) : after;
  const unknown = outcome.kind === "lost" && outcome.unknown;
  const base = {
    attempts: number,
    outcomeUnknown: unknown,
    counts: "recipients" in outcome,
    recipients: settled,
  };
  const more = { attempt: number, ...(unknown ? { outcome_unknown: true } : {}) };

  if (retryAfter !== undefined) {
    const dueAt = now + Math.round(retryAfter * 1000 * (1 + JITTER * random));
    const reason = firstText(settled, "pending") ?? "temporary failure";
    const event: NewEvent = {
      type: "deferred",
      data: {
        deferred_ts: Math.floor(dueAt / 1000),
        deferred_reason: reason,
        ...describe(attempt, settled, "pending"),
        ...more,
      },
    };
    return { ...base, state: "scheduled", dueAt, error: reason, event };
  }
  return { ...base, ...ending(attempt, settled, more) };
}

/** Of a message of which no recipient is open before it is attempted: what stands at them is the end. */
export function conclude(attempt: Attempt): Decision {
  const { attempts } = attempt;
  const recipients = [...attempt.recipients];
  const base = { attempts, outcomeUnknown: false, counts: false, recipients };
  return { ...base, ...ending(attempt, recipients, { attempt: attempts }) };
}

/** A message is sent if any of its recipients was accepted; what was refused stands in its recipients. */
function ending(
  attempt: Attempt,
  recipients: readonly Recipient[],
  more: Record<string, unknown>,
): Pick<Decision, "state" | "dueAt" | "error" | "event"> {
  if (recipients.some(({ status }) => status === "sent")) {
    const data = { ...describe(attempt, recipients, "sent"), ...more };
    return { state: "sent", dueAt: null, error: null, event: { type: "sent", data } };
  }
  const error = firstText(recipients, "error") ?? "failed";
  const data = { error, ...describe(attempt, recipients, "error"), ...more };
  return { state: "error", dueAt: null, error, event: { type: "error", data } };
}

/** The same recipient where nothing was said about it. */
function apply(recipient: Recipient, outcome: AttemptOutcome, own: RecipientOutcome | undefined): Recipient {
  if (recipient.status !== "pending") return recipient;
  if (outcome.kind === "unsendable") {
    return { ...recipient, status: "error", code: null, enhancedCode: outcome.enhanced ?? null, text: outcome.error };
  }
  if (own !== undefined) return { ...recipient, status: statusOf(own), ...words(own.reply) };
  const text = outcome.kind === "answered" ? "no answer for this recipient" : outcome.error;
  return { ...recipient, code: null, enhancedCode: null, text };
}

function statusOf(outcome: RecipientOutcome): Recipient["status"] {
  if (outcome.kind === "accepted") return "sent";
  return outcome.reply.code >= 500 ? "error" : "pending";
}

function words(reply: Reply): Pick<Recipient, "code" | "enhancedCode" | "text"> {
  return { code: reply.code, enhancedCode: reply.enhanced ?? null, text: reply.text };
}

function giveUp(recipient: Recipient): Recipient {
  if (recipient.status !== "pending") return recipient;
  return { ...recipient, status: "error", text: `retries exhausted: ${recipient.text}` };
}

/** `550 5.1.1 no such user`: the first recipient's words in that status; what a server said goes before our own list. */
function firstText(recipients: readonly Recipient[], status: Recipient["status"]): string | undefined {
  const those = recipients.filter((recipient) => recipient.status === status);
  const found = those.find(({ text }) => text !== SUPPRESSED) ?? those[0];
  if (found === undefined) return undefined;
  return [found.code, found.enhancedCode, found.text].filter((part) => part !== null && part !== "").join(" ");
}

/** The codes are those of the first recipient in the status that the event is about. */
function describe(
  attempt: Attempt,
  recipients: readonly Recipient[],
  status: Recipient["status"],
): Record<string, unknown> {
  const told = recipients.find((recipient) => recipient.status === status && recipient.code !== null);
  return {
    ...(told === undefined ? {} : { smtp_code: told.code }),
    ...(told?.enhancedCode ? { enhanced_code: told.enhancedCode } : {}),
    ...(attempt.tags === undefined ? {} : { tags: attempt.tags }),
    ...(attempt.metadata === undefined ? {} : { metadata: attempt.metadata }),
    ...(attempt.warnings?.length ? { warnings: attempt.warnings } : {}),
  };
}
