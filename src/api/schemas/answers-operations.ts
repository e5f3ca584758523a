/** What is answered about the service itself: its state, its settings, its log, its sandbox. */
import * as v from "valibot";
import { answerOf, count, maybeText, nextCursor, seconds } from "./answers.ts";

export const Alive = answerOf({ status: v.literal("ok") });
export const Ready = answerOf({ status: v.literal("ready") });

export const Status = answerOf({
  version: v.string(),
  commit: maybeText,
  active: v.boolean(),
  draining: v.boolean(),
  in_flight: count,
  connections: count,
  queue: v.strictObject({
    scheduled: count,
    ready: count,
    held: count,
    sending: count,
    oldest_ready_seconds: v.nullable(v.number()),
  }),
  mailboxes: v.array(
    v.strictObject({
      id: v.string(),
      tenant_id: maybeText,
      account_id: maybeText,
      state: v.picklist(["reading", "waiting", "failing", "elsewhere", "unread"]),
      last_read_ts: v.nullable(seconds),
      last_error: maybeText,
      last_error_ts: v.nullable(seconds),
      retry_ts: v.nullable(seconds),
    }),
  ),
});

export const MailboxesReloaded = answerOf({ mailboxes: count });

export const Suspension = answerOf({
  tenant_id: v.string(),
  batch_code: maybeText,
  suspended_batches: v.array(v.string()),
  pending_messages: count,
});

export const Instance = answerOf({
  name: v.nullable(v.string()),
  default_priority: v.nullable(v.picklist([0, 1, 2, 3])),
  bounce_enabled: v.nullable(v.boolean()),
  bounce_imap_host: v.nullable(v.string()),
  bounce_imap_port: v.nullable(count),
  bounce_imap_user: v.nullable(v.string()),
  has_bounce_imap_password: v.boolean(),
  bounce_imap_folder: v.nullable(v.string()),
  bounce_imap_ssl: v.nullable(v.boolean()),
  bounce_imap_tls_verify: v.nullable(v.boolean()),
  bounce_imap_ca: v.nullable(v.string()),
  bounce_poll_interval: v.nullable(count),
  bounce_return_path: v.nullable(v.string()),
});

const settingValue = v.nullable(v.union([v.string(), v.number(), v.boolean()]));

export const EffectiveSetting = v.strictObject({
  name: v.string(),
  group: v.string(),
  doc: v.string(),
  is_secret: v.boolean(),
  is_set: v.boolean(),
  value: settingValue,
  default: settingValue,
  from: v.string(),
});
export const EffectiveSettings = answerOf({ settings: v.array(EffectiveSetting) });

/** Of whatever call: fields of its own, or null where there was nothing. */
const fieldsOrNone = v.nullable(v.record(v.string(), v.unknown()));

export const LoggedCommand = v.strictObject({
  id: count,
  command_ts: seconds,
  endpoint: v.string(),
  method: v.string(),
  path: v.string(),
  replayable: v.boolean(),
  tenant_id: maybeText,
  payload: fieldsOrNone,
  status: v.pipe(v.number(), v.integer()),
  result: fieldsOrNone,
  request_id: v.string(),
});
export const CommandsPurged = answerOf({ deleted: count });
export const CommandPage = answerOf({ commands: v.array(LoggedCommand), ...nextCursor });

const mailSummary = {
  n: count,
  from: v.string(),
  to: v.array(v.string()),
  subject: v.string(),
  date: maybeText,
  received_ts: seconds,
  size: count,
};
export const InboxPage = answerOf({ messages: v.array(v.strictObject(mailSummary)) });
export const InboxMail = answerOf({
  message: v.strictObject({
    ...mailSummary,
    cc: v.array(v.string()),
    message_id: maybeText,
    envelope: v.strictObject({ mail_from: v.string(), rcpt_to: v.array(v.string()) }),
    headers: v.array(v.strictObject({ name: v.string(), value: v.string() })),
    text: maybeText,
    html: maybeText,
    attachments: v.array(
      v.strictObject({
        filename: maybeText,
        mime_type: v.string(),
        size: count,
        content_id: maybeText,
        disposition: maybeText,
      }),
    ),
    raw: v.string(),
  }),
});
export const InboxEmptied = answerOf({ removed: count });
