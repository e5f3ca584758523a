/** What is answered about webhooks and their deliveries: each answer has the fields of both clients of the email API. */
import * as v from "valibot";
import { DELIVERY_STATES } from "../../tenancy/webhooks-log.ts";
import { answerOf, count, maybeCount, maybeText, nextCursor } from "./answers.ts";

/** ISO 8601, as both clients have it. */
const moment = v.string();
const maybeMoment = v.nullable(moment);

const webhookFields = {
  object: v.literal("webhook"),
  id: v.string(),
  tenant_id: v.string(),
  endpoint: v.string(),
  url: v.string(),
  events: v.nullable(v.array(v.string())),
  status: v.picklist(["enabled", "disabled"]),
  active: v.boolean(),
  created_at: moment,
  createdAt: moment,
  updated_at: moment,
  secretRotatedAt: maybeMoment,
  previousSecretExpiresAt: maybeMoment,
  consecutiveFailures: count,
  failing_since: maybeMoment,
  disabledAt: maybeMoment,
  disabledReason: maybeText,
  lastDeliveryAt: maybeMoment,
  lastDeliveryStatus: v.nullable(v.picklist(["success", "failed"])),
  pending_deliveries: count,
};

export const Webhook = v.strictObject(webhookFields);
const withOwn = { ...webhookFields, webhook: Webhook };

export const WebhookChanged = answerOf(withOwn);
export const OneWebhook = answerOf({ ...withOwn, signing_secret: v.string() });
export const WebhookMade = answerOf({ ...withOwn, signing_secret: v.string(), signingSecret: v.string() });
export const WebhookDeleted = answerOf({
  object: v.literal("webhook"),
  id: v.string(),
  deleted: v.literal(true),
  success: v.literal(true),
});

const list = { object: v.literal("list"), has_more: v.boolean() };

export const WebhookPage = answerOf({ ...list, data: v.array(Webhook), webhooks: v.array(Webhook) });

const deliveryFields = {
  object: v.literal("webhook_event"),
  id: v.string(),
  webhook_id: v.string(),
  event_id: maybeText,
  type: v.string(),
  eventType: v.string(),
  state: v.picklist(DELIVERY_STATES),
  status: v.picklist(["success", "pending", "attempting", "failed"]),
  attempt_count: count,
  http_status_code: maybeCount,
  next_attempt_at: maybeMoment,
  created_at: moment,
  createdAt: moment,
  delivered_at: maybeMoment,
};

export const Delivery = v.strictObject(deliveryFields);

const attempt = v.strictObject({
  id: v.string(),
  sent_at: moment,
  duration_ms: count,
  http_status_code: maybeCount,
  response: maybeText,
  error: maybeText,
});

const paging = v.strictObject({ page: count, perPage: count, total: count, totalPages: count });

export const DeliveryPage = answerOf({
  ...list,
  data: v.array(Delivery),
  deliveries: v.array(Delivery),
  pagination: v.nullable(paging),
  ...nextCursor,
});

export const OneDelivery = answerOf({
  ...deliveryFields,
  payload: v.record(v.string(), v.unknown()),
  attempts: v.array(attempt),
});

export const AttemptPage = answerOf({ ...list, data: v.array(attempt) });

export const DeliveryQueued = answerOf({
  object: v.literal("webhook_event"),
  id: v.string(),
  success: v.literal(true),
});

export const DeliveriesReplayed = answerOf({ replayed: count, remaining: count, ...nextCursor });
