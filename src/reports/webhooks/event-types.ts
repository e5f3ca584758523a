/** The names under which webhooks hear of what happened to a message, and which happening has which name. */
import { SUPPRESSED } from "../../db/suppressions.ts";

/** What a webhook may ask for. */
export const WEBHOOK_EVENTS = [
  "email.sent",
  "email.delivered",
  "email.delivery_delayed",
  "email.failed",
  "email.suppressed",
  "email.bounced",
  "email.complained",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Of the delivery that a test makes; nobody asks for it by name. */
export const TEST_EVENT = "webhook.test";

const NAME_OF: Readonly<Record<string, WebhookEvent>> = {
  sent: "email.sent",
  delivered: "email.delivered", // a DSN said so (RFC 3464 2.3.3)
  deferred: "email.delivery_delayed",
  delayed: "email.delivery_delayed",
  error: "email.failed",
  bounce: "email.bounced",
  complaint: "email.complained",
};

/** The types of stored events that webhooks hear of. */
export const TOLD_TYPES = Object.keys(NAME_OF);

/** Undefined where webhooks hear nothing of it. */
export function webhookEvent(type: string, data: Readonly<Record<string, unknown>>): WebhookEvent | undefined {
  if (type === "error" && data.error === SUPPRESSED) return "email.suppressed";
  return Object.hasOwn(NAME_OF, type) ? NAME_OF[type] : undefined;
}
