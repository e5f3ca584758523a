/** How far an email has come, in the words of either client: a table. */
import type { Progress } from "../queue/progress.ts";

/** As `resend` has it; what only trackers could tell (opened, clicked) is not among them. */
export const LAST_EVENTS = [
  "queued",
  "scheduled",
  "sent",
  "delivered",
  "delivery_delayed",
  "bounced",
  "complained",
  "suppressed",
  "failed",
  "canceled",
] as const;

/** As PostStack has it: `delivered` is what a server has taken. */
export const EMAIL_STATUSES = [
  "queued",
  "sending",
  "deferred",
  "delivered",
  "bounced",
  "complained",
  "failed",
] as const;

type EmailStatus = (typeof EMAIL_STATUSES)[number];

export const WORDS: Record<Progress, { lastEvent: (typeof LAST_EVENTS)[number]; status: EmailStatus }> = {
  queued: { lastEvent: "queued", status: "queued" },
  scheduled: { lastEvent: "scheduled", status: "queued" },
  deferred: { lastEvent: "delivery_delayed", status: "deferred" },
  sending: { lastEvent: "queued", status: "sending" },
  sent: { lastEvent: "sent", status: "delivered" },
  delivered: { lastEvent: "delivered", status: "delivered" },
  delayed: { lastEvent: "delivery_delayed", status: "deferred" },
  bounced: { lastEvent: "bounced", status: "bounced" },
  complained: { lastEvent: "complained", status: "complained" },
  suppressed: { lastEvent: "suppressed", status: "failed" },
  failed: { lastEvent: "failed", status: "failed" },
  canceled: { lastEvent: "canceled", status: "failed" },
};

/** What is meant by whoever looks for a status. */
export function progressOf(status: EmailStatus): Progress[] {
  return (Object.keys(WORDS) as Progress[]).filter((word) => WORDS[word].status === status);
}

/** What happened, as PostStack calls it; whatever it has no word for keeps ours. */
const EVENTS: Record<string, string> = {
  bounce: "bounced",
  complaint: "complained",
  delayed: "deferred",
  error: "failed",
};

export function eventWord(event: string, bounceType: unknown): string {
  if (event === "bounce" && bounceType === "soft") return "soft_bounced";
  return Object.hasOwn(EVENTS, event) ? EVENTS[event]! : event;
}
