/** What is answered about how the service is doing: figures over time, what waits, and what needs somebody. */
import * as v from "valibot";
import { answerOf, count, maybeCount, maybeSeconds, maybeText, seconds } from "./answers.ts";

const figures = {
  sent: count,
  failed: count,
  deferred: count,
  rate_limited: count,
  bounced: count,
  complained: count,
  p50_seconds: v.nullable(v.number()),
  p99_seconds: v.nullable(v.number()),
};

export const Figures = answerOf({
  since_ts: seconds,
  until_ts: seconds,
  step_seconds: count,
  points: v.array(v.strictObject({ ts: seconds, ...figures })),
  totals: v.strictObject(figures),
});

/** The worst first: that is their order. */
export const ATTENTION_KINDS = [
  "no_worker",
  "waiting_long",
  "account_paused",
  "account_failing",
  "tenant_inactive",
  "batch_suspended",
  "limit_reached",
  "tenant_endpoint_failing",
  "reports_waiting",
  "webhook_disabled",
  "webhook_failing",
  "mailbox_failing",
] as const;

/** What somebody can do about it with one call. */
const ATTENTION_ACTIONS = ["test", "resume", "run_now", "enable", "activate", "edit", "retry"] as const;

/** What may need somebody, why, and what would mend it. */
export const Attention = v.strictObject({
  kind: v.picklist(ATTENTION_KINDS),
  tenant_id: maybeText,
  account_id: maybeText,
  webhook_id: maybeText,
  batch_code: maybeText,
  since_ts: maybeSeconds,
  waiting: maybeCount,
  reason: v.string(),
  action: v.nullable(v.picklist(ATTENTION_ACTIONS)),
});

export const Overview = answerOf({
  pending: v.strictObject({ scheduled: count, ready: count, held: count, sending: count }),
  queue: v.array(
    v.strictObject({
      state: v.picklist(["scheduled", "ready", "held", "sending"]),
      priority: v.nullable(v.picklist([0, 1, 2, 3])),
      count,
      count_is_at_least: v.boolean(),
    }),
  ),
  oldest: v.nullable(
    v.strictObject({
      pk: v.string(),
      id: v.string(),
      tenant_id: v.string(),
      account_id: maybeText,
      created_ts: seconds,
      waiting_seconds: v.number(),
    }),
  ),
  attention: v.array(Attention),
});
