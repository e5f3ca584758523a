/** Webhooks and their deliveries as clients see them: one answer has the fields of Resend's client, of PostStack's and of ours. */

import type { Webhook } from "../tenancy/webhooks.ts";
import type { Attempt, Delivery } from "../tenancy/webhooks-log.ts";

export type WebhookView = ReturnType<typeof webhookView>;
export type DeliveryView = ReturnType<typeof deliveryView>;

/** In the place of a secret that was shown when it was made. */
export const MASKED_SECRET = "whsec_********";

export function webhookView(webhook: Webhook, now: number) {
  const { url, status, lastCall, createdAt, secretPreviousUntil: until } = webhook;
  return {
    object: "webhook",
    id: webhook.id,
    tenant_id: webhook.tenantId,
    endpoint: url,
    url,
    events: webhook.events,
    status,
    active: status === "enabled",
    created_at: iso(createdAt),
    createdAt: iso(createdAt),
    updated_at: iso(webhook.updatedAt),
    secretRotatedAt: iso(webhook.secretRotatedAt),
    previousSecretExpiresAt: iso(until !== null && until > now ? until : null),
    consecutiveFailures: webhook.failures,
    failing_since: iso(webhook.failingSince),
    disabledAt: iso(webhook.disabledAt),
    disabledReason: webhook.disabledReason,
    lastDeliveryAt: iso(lastCall?.at ?? null),
    lastDeliveryStatus: lastCall && (isTaken(lastCall.status) ? "success" : "failed"),
    pending_deliveries: webhook.pending,
  };
}

export function deliveryView(delivery: Delivery) {
  const { createdAt, type } = delivery;
  return {
    object: "webhook_event",
    id: delivery.id,
    webhook_id: delivery.webhook,
    event_id: delivery.event === null ? null : String(delivery.event),
    type,
    eventType: type,
    state: delivery.state,
    status: statusOf(delivery),
    attempt_count: delivery.attempts,
    http_status_code: delivery.lastStatus,
    next_attempt_at: iso(delivery.state === "pending" ? delivery.nextAt : null),
    created_at: iso(createdAt),
    createdAt: iso(createdAt),
    delivered_at: iso(delivery.deliveredAt),
  };
}

export function attemptView(attempt: Attempt) {
  return {
    id: String(attempt.number),
    sent_at: iso(attempt.at),
    duration_ms: attempt.durationMs,
    http_status_code: attempt.status,
    response: attempt.answer,
    error: attempt.error,
  };
}

/** In the words of Resend's client, which has none for what was missed. */
function statusOf({ state, attempts }: Delivery): "success" | "pending" | "attempting" | "failed" {
  if (state === "delivered") return "success";
  if (state !== "pending") return "failed";
  return attempts > 0 ? "attempting" : "pending";
}

function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

function iso(ms: number): string;
function iso(ms: number | null): string | null;
function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
