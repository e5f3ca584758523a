/** The routes about webhooks and the log of their deliveries, described. */
import {
  AttemptPage,
  DeliveriesReplayed,
  DeliveryPage,
  DeliveryQueued,
  OneDelivery,
  OneWebhook,
  WebhookChanged,
  WebhookDeleted,
  WebhookMade,
  WebhookPage,
} from "../../schemas/answers-webhooks.ts";
import { TenantQuery } from "../../schemas/queries.ts";
import {
  AttemptQuery,
  DeliveryQuery,
  ReplayRange,
  SecretRotation,
  WebhookChanges,
  WebhookInput,
  WebhookQuery,
} from "../../schemas/webhook.ts";
import type { Operation, Operations } from "../operation.ts";

const tag = "Webhooks";
const rotation: Omit<Operation, "id"> = {
  tag,
  summary: "Give a webhook another signing secret",
  description:
    "It is shown this once. Deliveries are signed with the one before as well, for `overlap_seconds`, or as long as the setting says.",
  opens: "tenant",
  query: TenantQuery,
  body: SecretRotation,
  examples: { "an hour for the change": { overlap_seconds: 3_600 } },
  answers: WebhookMade,
};
const range: Omit<Operation, "id"> = {
  tag,
  summary: "Make the deliveries of a range once more, the oldest first",
  description:
    "Those that were delivered, failed or missed since a moment (`since`, or `withinMinutes`); `states` and `event_type` leave others out. At most `limit` (100; no more than 1,000): go on with `next_cursor`.",
  opens: "tenant",
  query: TenantQuery,
  body: ReplayRange,
  examples: {
    "what was missed": { since: "2027-01-15T08:00:00Z", states: ["failed", "missed"] },
    "the last hour": { withinMinutes: 60, event_type: "email.bounced" },
  },
  answers: DeliveriesReplayed,
  fails: [409],
};

export const webhookOperations: Operations = {
  "POST /webhooks": {
    id: "createWebhook",
    tag,
    summary: "Have events told to an endpoint as they happen",
    description:
      "The answer alone shows `signing_secret`. At most 20 a tenant. A tenant's key names public addresses only.",
    opens: "tenant",
    query: TenantQuery,
    body: WebhookInput,
    examples: {
      "all events": { endpoint: "https://shop.example.com/mail-events" },
      "what goes wrong": { url: "https://shop.example.com/mail-events", events: ["email.failed", "email.bounced"] },
    },
    answers: WebhookMade,
    fails: [404, 409],
  },
  "GET /webhooks": {
    id: "listWebhooks",
    tag,
    summary: "List a tenant's webhooks, oldest first",
    opens: "tenant",
    query: WebhookQuery,
    answers: WebhookPage,
    fails: [404],
  },
  "GET /webhooks/:id": {
    id: "getWebhook",
    tag,
    summary: "Look at one webhook",
    description: "Its secret was shown when it was made, and is masked from then on.",
    opens: "tenant",
    query: TenantQuery,
    answers: OneWebhook,
  },
  "PATCH /webhooks/:id": {
    id: "updateWebhook",
    tag,
    summary: "Change a webhook",
    description:
      "Absent fields keep their value. To enable it, or to give it another URL, ends a wait: what is pending goes at once.",
    opens: "tenant",
    query: TenantQuery,
    body: WebhookChanges,
    examples: { "enable it again": { status: "enabled" }, "all events": { events: null } },
    answers: WebhookChanged,
  },
  "DELETE /webhooks/:id": {
    id: "deleteWebhook",
    tag,
    summary: "Remove a webhook and its log",
    opens: "tenant",
    query: TenantQuery,
    answers: WebhookDeleted,
  },
  "POST /webhooks/:id/test": {
    id: "testWebhook",
    tag,
    summary: "Send it an event `webhook.test`",
    description: "Whatever it has chosen. The answer names the delivery, whose log says what came of it.",
    opens: "tenant",
    query: TenantQuery,
    answers: DeliveryQueued,
    fails: [409],
  },
  "POST /webhooks/:id/rotate-secret": { id: "rotateWebhookSecret", ...rotation },
  "POST /webhooks/:id/signing-secret/rotate": { id: "rotateWebhookSigningSecret", ...rotation },
  "POST /webhooks/:id/deliveries/replay": { id: "replayDeliveries", ...range },
  "POST /webhooks/:id/deliveries/batch-replay": { id: "batchReplayDeliveries", ...range },
  ...logOperations("deliveries", "Delivery", "Deliveries"),
  ...logOperations("events", "WebhookEvent", "WebhookEvents"),
};

/** The log has two names; `one` and `many` tell its operations apart. */
function logOperations(path: "deliveries" | "events", one: string, many: string): Operations {
  const log = `/webhooks/:id/${path}`;
  return {
    [`GET ${log}`]: {
      id: `list${many}`,
      tag,
      summary: "The log of a webhook's deliveries, newest first",
      description:
        "Pages go on by `cursor`, by `after` (the last id), or by `page` and `per_page`. `total` counts no further than 10,000.",
      opens: "tenant",
      query: DeliveryQuery,
      answers: DeliveryPage,
    },
    [`GET ${log}/:delivery`]: {
      id: `get${one}`,
      tag,
      summary: "Look at one delivery: its body, and each call",
      opens: "tenant",
      query: TenantQuery,
      answers: OneDelivery,
    },
    [`GET ${log}/:delivery/attempts`]: {
      id: `list${one}Attempts`,
      tag,
      summary: "The calls of one delivery, oldest first",
      opens: "tenant",
      query: AttemptQuery,
      answers: AttemptPage,
    },
    [`POST ${log}/:delivery/replay`]: {
      id: `replay${one}`,
      tag,
      summary: "Make one delivery once more, under the id that it had",
      opens: "tenant",
      query: TenantQuery,
      answers: DeliveryQueued,
      fails: [409],
    },
  };
}
