/** The log of the webhooks: a line for each call, and one for each turn that did something. No line holds a URL, which may hold a key. */
import { getLogger } from "@logtape/logtape";
import { ofMessage, type StepLevel } from "../../logs/steps.ts";
import type { Delivery } from "./claim.ts";

const log = getLogger(["mail-proxy", "webhooks"]);

/** What happened, for logs. */
export type WebhookLogEvent =
  /** One call; `reason` where it was not taken. */
  | { kind: "called"; webhook: string; tenant: string; delivery: Delivery; reason: string | undefined; ms: number }
  | { kind: "delivered"; webhook: string; tenant: string; deliveries: number; ms: number }
  | { kind: "down"; webhook: string; tenant: string; reason: string; failures: number; next: number | undefined }
  /** The endpoint takes others and not these. */
  | { kind: "aside"; webhook: string; tenant: string; deliveries: number; reason: string }
  | { kind: "disabled"; webhook: string; tenant: string; reason: string }
  /** Another process took the turn over meanwhile; the last deliveries are made again. */
  | { kind: "superseded"; webhook: string; tenant: string }
  /** The database failed us; the loop tries again by itself. */
  | { kind: "fault"; webhook: string | undefined; reason: string };

const WHOSE = "webhook {webhook_id} of tenant {tenant_id}";

/** `level`: of what went well. */
export function createWebhookLog(level: StepLevel): (event: WebhookLogEvent) => void {
  return (event) => {
    if (event.kind === "called") called(event, level);
    else turned(event, level);
  };
}

function called(
  { webhook, tenant, delivery, reason, ms }: WebhookLogEvent & { kind: "called" },
  level: StepLevel,
): void {
  if (!log.isEnabledFor(level)) return;
  const { id: delivery_id, type, messageId, pk, requestId } = delivery;
  const call = { webhook_id: webhook, delivery_id, type, ms };
  const words = reason === undefined ? "{type} was taken by webhook {webhook_id} in {ms} ms" : REFUSED;
  const fields = reason === undefined ? { event: "delivered", ...call } : { event: "delivery_failed", ...call, reason };
  if (messageId === null || pk === null) log[level](`tenant {tenant_id}: ${words}`, { tenant_id: tenant, ...fields });
  else log[level](...ofMessage({ tenantId: tenant, id: messageId, pk, requestId }, `: ${words}`, fields));
}

const REFUSED = "{type} was not taken by webhook {webhook_id}: {reason}";

type Turned = Exclude<WebhookLogEvent, { kind: "called" }>;

function turned(event: Turned, level: StepLevel): void {
  const whose = { webhook_id: event.webhook, ...("tenant" in event && { tenant_id: event.tenant }) };
  switch (event.kind) {
    case "delivered":
      log[level](`{deliveries} deliveries to ${WHOSE} in {ms} ms`, {
        ...whose,
        deliveries: event.deliveries,
        ms: event.ms,
      });
      break;
    case "down":
      log.warning(`${WHOSE} takes nothing: {reason}; {failures} calls in a row, next try {next}`, {
        ...{ event: "webhook_failing", ...whose, reason: event.reason, failures: event.failures },
        next: event.next === undefined ? "never" : new Date(event.next).toISOString(),
      });
      break;
    case "aside":
      log.warning(`${WHOSE} takes others, but not {deliveries} of its deliveries, retried beside the line: {reason}`, {
        ...{ ...whose, deliveries: event.deliveries, reason: event.reason },
      });
      break;
    case "disabled":
      log.error(`${WHOSE} is disabled: {reason}`, { event: "webhook_disabled", ...whose, reason: event.reason });
      break;
    case "superseded":
      log.warning(`${WHOSE}: it was deleted, or another process took over, which repeats the last deliveries`, whose);
      break;
    case "fault":
      log.error("the webhooks cannot use the database: {reason}", { ...whose, reason: event.reason });
      break;
  }
}
