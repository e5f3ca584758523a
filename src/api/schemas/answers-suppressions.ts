/** What is answered about the suppression list. */
import * as v from "valibot";
import { SUPPRESSION_SOURCES } from "../../db/suppressions.ts";
import { answerOf, count, maybeSeconds, maybeText, nextCursor, seconds } from "./answers.ts";

export const Suppression = v.strictObject({
  tenant_id: v.string(),
  address: v.string(),
  source: v.picklist(SUPPRESSION_SOURCES),
  reason: maybeText,
  pk: maybeText,
  message_id: maybeText,
  created_ts: seconds,
  expires_ts: maybeSeconds,
});

export const SuppressionPage = answerOf({ suppressions: v.array(Suppression), ...nextCursor });

export const SuppressionsAdded = answerOf({
  added: count,
  updated: count,
  rejected: v.array(
    v.strictObject({ line: v.optional(count), index: v.optional(count), address: maybeText, reason: v.string() }),
  ),
  rejected_total: count,
});

export const SuppressionsRemoved = answerOf({ removed: count, not_found: v.array(v.string()) });
