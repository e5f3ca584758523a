/** What is answered about emails that were sent: the fields of both clients. */
import * as v from "valibot";
import { EMAIL_STATUSES, LAST_EVENTS } from "../emails-view-words.ts";
import { answerOf, count, maybeText } from "./answers.ts";
import { MessageEvent } from "./answers-messages.ts";

const labels = v.record(v.string(), v.string());
const texts = v.array(v.string());
const maybeTexts = v.nullable(texts);

const { event: _, event_id: __, event_ts: ___, reported_ts: ____, ...told } = MessageEvent.entries;

export const EmailEvent = v.strictObject({
  id: v.string(),
  type: v.string(),
  eventType: v.string(),
  timestamp: v.string(),
  createdAt: v.string(),
  metadata: v.nullable(v.strictObject(told)),
  emailId: v.string(),
});

/** As `resend` reads it. */
const flat = {
  object: v.literal("email"),
  id: v.string(),
  message_id: maybeText,
  from: v.string(),
  to: texts,
  cc: maybeTexts,
  bcc: maybeTexts,
  reply_to: maybeTexts,
  subject: v.string(),
  created_at: v.string(),
  scheduled_at: maybeText,
  last_event: v.picklist(LAST_EVENTS),
};

/** As PostStack reads it. */
const nested = {
  id: v.string(),
  publicId: v.string(),
  from: v.string(),
  to: texts,
  subject: v.string(),
  status: v.picklist(EMAIL_STATUSES),
  createdAt: v.string(),
  sentAt: maybeText,
  scheduledAt: maybeText,
  fromAddress: v.string(),
  fromName: maybeText,
  toAddresses: texts,
  ccAddresses: maybeTexts,
  bccAddresses: maybeTexts,
  replyTo: maybeTexts,
  headers: v.nullable(labels),
  tags: texts,
};

export const OneEmail = answerOf({
  ...flat,
  html: maybeText,
  text: maybeText,
  tags: v.array(v.strictObject({ name: v.string(), value: v.string() })),
  email: v.strictObject({ ...nested, htmlBody: maybeText, textBody: maybeText, events: v.array(EmailEvent) }),
});

export const ListedEmail = v.strictObject({ ...flat, ...nested });

export const EmailList = answerOf({
  object: v.literal("list"),
  has_more: v.boolean(),
  data: v.array(ListedEmail),
  meta: v.strictObject({ page: count, perPage: count, total: count, totalPages: count }),
});

export const EmailChanged = answerOf({ object: v.literal("email"), id: v.string(), success: v.literal(true) });

export const EmailEvents = answerOf({
  object: v.literal("list"),
  events: v.array(EmailEvent),
  data: v.array(EmailEvent),
});

export const EmailInsights = answerOf({
  warnings: v.array(
    v.strictObject({
      type: v.string(),
      code: v.string(),
      message: v.string(),
      severity: v.picklist(["warning", "info"]),
    }),
  ),
});
