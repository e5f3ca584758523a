/** What is answered about messages. */
import * as v from "valibot";
import { STATUSES } from "../../queue/list.ts";
import { answerOf, count, maybeSeconds, maybeText, nextCursor, seconds } from "./answers.ts";

const labels = v.record(v.string(), v.string());
const texts = v.array(v.string());

const recipient = v.strictObject({
  address: v.string(),
  kind: v.picklist(["to", "cc", "bcc"]),
  status: v.picklist(["pending", "sent", "error"]),
  code: v.nullable(v.pipe(v.number(), v.integer())),
  enhanced_code: maybeText,
  text: maybeText,
});

/** An attachment as it waits: its content, or where it will be fetched from. */
const storedAttachment = v.strictObject({
  filename: v.string(),
  content: v.optional(v.string()),
  fetch_mode: v.optional(v.picklist(["http_url", "filesystem", "storage", "endpoint"])),
  storage_path: v.optional(v.string()),
  content_md5: v.optional(v.string()),
  mime_type: v.optional(v.string()),
  content_id: v.optional(v.string()),
  disposition: v.optional(v.picklist(["attachment", "inline"])),
});

/** What a message says, with `include=payload`. */
export const Payload = v.strictObject({
  from: v.string(),
  to: texts,
  cc: v.optional(texts),
  bcc: v.optional(texts),
  reply_to: v.optional(texts),
  return_path: v.optional(v.string()),
  subject: v.string(),
  text: v.optional(v.string()),
  html: v.optional(v.string()),
  message_id: v.optional(v.string()),
  headers: v.optional(labels),
  list_unsubscribe: v.optional(v.string()),
  date: v.optional(v.number()),
  dsn: v.optional(
    v.strictObject({
      notify: v.optional(v.array(v.picklist(["never", "failure", "delay", "success"]))),
      ret: v.optional(v.picklist(["headers", "full"])),
      envid: v.optional(v.string()),
    }),
  ),
  attachments: v.optional(v.array(storedAttachment)),
  raw: v.optional(v.string()),
  tags: v.optional(labels),
  metadata: v.optional(labels),
});

/** What a message says, with `include=preview`: the beginnings of its texts, and its files without their content. */
export const Preview = v.strictObject({
  from: v.string(),
  reply_to: v.optional(texts),
  return_path: v.optional(v.string()),
  message_id: v.optional(v.string()),
  list_unsubscribe: v.optional(v.string()),
  tags: v.optional(labels),
  metadata: v.optional(labels),
  headers: v.array(v.strictObject({ name: v.string(), value: v.string() })),
  size: count,
  ready_made: v.boolean(),
  text: maybeText,
  text_whole: v.boolean(),
  html: maybeText,
  html_whole: v.boolean(),
  attachments: v.array(
    v.strictObject({
      filename: v.string(),
      mime_type: maybeText,
      content_id: maybeText,
      disposition: v.nullable(v.picklist(["attachment", "inline"])),
      size: v.nullable(count),
      fetch_mode: v.nullable(v.picklist(["http_url", "filesystem", "storage", "endpoint"])),
      storage_path: maybeText,
    }),
  ),
});

const messageFields = {
  pk: v.string(),
  id: v.string(),
  tenant_id: v.string(),
  tenant_name: maybeText,
  account_id: maybeText,
  priority: v.picklist([0, 1, 2, 3]),
  status: v.picklist(STATUSES),
  batch_code: maybeText,
  subject: maybeText,
  created_ts: seconds,
  deferred_ts: maybeSeconds,
  expires_ts: maybeSeconds,
  smtp_ts: maybeSeconds,
  sent_ts: maybeSeconds,
  error_ts: maybeSeconds,
  error: maybeText,
  attempts: count,
  outcome_unknown: v.boolean(),
  request_id: maybeText,
  recipients: v.array(recipient),
  payload: v.optional(Payload),
};

/** One thing that happened to a message. */
export const MessageEvent = v.strictObject({
  event_id: v.string(),
  event: v.string(),
  event_ts: seconds,
  reported_ts: maybeSeconds,
  attempt: v.optional(count),
  error: v.optional(v.string()),
  deferred_ts: v.optional(seconds),
  deferred_reason: v.optional(v.string()),
  smtp_code: v.optional(v.nullable(v.pipe(v.number(), v.integer()))),
  enhanced_code: v.optional(maybeText),
  outcome_unknown: v.optional(v.boolean()),
  bounce_type: v.optional(v.picklist(["hard", "soft"])),
  bounce_code: v.optional(maybeText),
  bounce_reason: v.optional(v.string()),
  complaint_type: v.optional(v.string()),
  complaint_reason: v.optional(v.string()),
  pec_details: v.optional(v.string()),
  recipients: v.optional(v.array(recipient)),
  tags: v.optional(labels),
  metadata: v.optional(labels),
});

/** As it stands in a list; `payload` and `events` where `include` names them. */
export const StoredMessage = v.strictObject({ ...messageFields, events: v.optional(v.array(MessageEvent)) });

export const MessagesAdded = v.strictObject({
  ok: v.boolean(),
  queued: count,
  rejected: v.array(v.strictObject({ id: maybeText, reason: v.string() })),
});

export const MessagePage = answerOf({ messages: v.array(StoredMessage), ...nextCursor });

export const OneMessage = answerOf({
  ...messageFields,
  preview: v.optional(v.nullable(Preview)),
  events: v.array(MessageEvent),
});

/** After a retry or a cancellation: the message as it is now. */
export const MessageChanged = answerOf(messageFields);

export const MessagesDeleted = answerOf({
  removed: count,
  not_found: texts,
  unauthorized: texts,
  being_sent: texts,
});

export const MessagesCleaned = answerOf({ removed: count });
