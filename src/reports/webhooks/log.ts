/** The log of the webhooks: a line for each turn that did something. No line holds a URL, which may hold a key. */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["mail-proxy", "webhooks"]);

/** What happened, for logs. */
export type WebhookLogEvent =
  | { kind: "delivered"; webhook: string; tenant: string; deliveries: number; ms: number }
  | { kind: "down"; webhook: string; tenant: string; reason: string; failures: number; next: number | undefined }
  /** The endpoint takes others and not these. */
  | { kind: "aside"; webhook: string; tenant: string; deliveries: number; reason: string }
  | { kind: "disabled"; webhook: string; tenant: string; reason: string }
  /** Another process took the turn over meanwhile; the last deliveries are made again. */
  | { kind: "superseded"; webhook: string; tenant: string }
  /** The database failed us; the loop tries again by itself. */
  | { kind: "fault"; webhook: string | undefined; reason: string };

export function logWebhooks(event: WebhookLogEvent): void {
  const whose = "webhook {webhook} of tenant {tenant}";
  switch (event.kind) {
    case "delivered":
      log.info(`{deliveries} deliveries to ${whose} in {ms} ms`, { ...event });
      break;
    case "down":
      log.warning(`${whose} takes nothing: {reason}; {failures} calls in a row, next try {next}`, {
        ...event,
        next: event.next === undefined ? "never" : new Date(event.next).toISOString(),
      });
      break;
    case "aside":
      log.warning(`${whose} takes others, but not {deliveries} of its deliveries, retried beside the line: {reason}`, {
        ...event,
      });
      break;
    case "disabled":
      log.error(`${whose} is disabled: {reason}`, { ...event });
      break;
    case "superseded":
      log.warning(`${whose}: it was deleted, or another process took over, which repeats the last deliveries`, {
        ...event,
      });
      break;
    case "fault":
      log.error("the webhooks cannot use the database: {reason}", { ...event });
      break;
  }
}
