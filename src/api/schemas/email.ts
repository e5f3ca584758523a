/** An email as the clients of the email API send it: every field checked, addresses read; null is the same as absent. */
import * as v from "valibot";
import { isUnsubscribeField } from "../../mime/headers.ts";
import { EmailAttachment } from "./email-attachment.ts";
import { Message } from "./message.ts";
import { line, object, text, whole } from "./values.ts";

/** What these clients allow in one call. */
const MOST_EMAILS = 100;
const MOST_ATTACHMENTS = 100;
const LONGEST_WINDOW_HOURS = 72;

/** What a client may ask for and would miss: it is refused by its name, not by being unknown. */
const notServed = v.nullish(v.never("is not served here"));

/** One client names a value to each, the other has names alone. */
const tag = v.union(
  [line(255), object({ name: line(255), value: v.nullish(v.string()) })],
  "must be a text, or an object with name and value",
);

const tags = v.pipe(
  v.array(tag),
  v.transform((given) =>
    given.map((one): [string, string] => (typeof one === "string" ? [one, ""] : [one.name, one.value ?? ""])),
  ),
  v.check((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length, "holds a name twice"),
  v.transform((pairs) => Object.fromEntries(pairs)),
);

const { from, to, cc, bcc, reply_to, subject, headers, account_id, priority, batch_code, metadata } = Message.entries;

const fields = {
  from,
  to,
  cc,
  bcc,
  reply_to,
  subject,
  html: v.nullish(text),
  text: v.nullish(text),
  headers,
  attachments: v.nullish(
    v.pipe(v.array(EmailAttachment), v.maxLength(MOST_ATTACHMENTS, `holds more than ${MOST_ATTACHMENTS}`)),
  ),
  tags: v.nullish(tags),
  scheduled_at: v.nullish(line(255)),
  unsubscribe: v.nullish(v.boolean()),
  account_id,
  priority,
  batch_code,
  metadata,
  template: notServed,
  template_id: notServed,
  variables: notServed,
  topic_id: notServed,
  tracking: notServed,
  signature: notServed,
  region: notServed,
};

/** By which a repetition is known; its length is checked apart, since it may stand in a header as well. */
const once = {
  idempotency_key: v.nullish(v.string()),
  idempotency_window_hours: v.nullish(whole(1, LONGEST_WINDOW_HOURS)),
};

export const Email = v.pipe(
  v.strictObject({ ...fields, ...once }),
  v.forward(
    v.check(({ html, text }) => isGiven(html) || isGiven(text), "is required, or text"),
    ["html"],
  ),
  v.forward(
    v.check(
      ({ headers, unsubscribe }) => !unsubscribe || !Object.keys(headers ?? {}).some(isUnsubscribeField),
      "and a header of that name exclude each other",
    ),
    ["unsubscribe"],
  ),
);
export type Email = v.InferOutput<typeof Email>;

/** One of a batch. */
export const BatchedEmail = v.pipe(
  Email,
  v.forward(
    v.check(({ idempotency_key }) => !isGiven(idempotency_key), "belongs beside the emails, and is for all of them"),
    ["idempotency_key"],
  ),
);

/** Checked one by one, since one of them need not be in the way of the others. */
export const emailList = v.pipe(
  v.array(v.unknown()),
  v.minLength(1, "must hold an email"),
  v.maxLength(MOST_EMAILS, `must hold at most ${MOST_EMAILS} emails`),
);

/** As one client sends it, and as the other does. */
export const EmailBatch = v.union(
  [emailList, v.strictObject({ emails: emailList, ...once })],
  "must be an array of emails, or an object of emails, idempotency_key and idempotency_window_hours",
);

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
