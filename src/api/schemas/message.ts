/** A message as applications send it: every field checked, addresses read, moments in milliseconds. */
import * as v from "valibot";
import { reason } from "../../errors.ts";
import { hasLineBreak, isHeaderName, isUnsubscribeField, refusedHeader } from "../../mime/headers.ts";
import { customField } from "../../mime/mail-header.ts";
import { WHOLE_TENANT } from "../../queue/suspend.ts";
import { Attachment } from "./attachment.ts";
import { bareAddress, mailbox, mailboxes } from "./mailboxes.ts";
import { id, line, map, moment, object, priority, text } from "./values.ts";

/** RFC 5322 3.6.4, with whatever visible ASCII stands on either side of the @. */
const MESSAGE_ID = /^(?:<[!-;=?-~]{1,450}@[!-;=?-~]{1,450}>|[!-;=?-~]{1,450}@[!-;=?-~]{1,450})$/;
/** The proxy's own, by which bounces are recognised. */
const TRACKING_HEADER = /^x-(?:mail-proxy|genro-mail)-id$/i;
/** Each may take its time to fetch, and a message has them all before it goes. */
const MOST_ATTACHMENTS = 100;
/** RFC 3461 4.4: at most 100 characters of printable ASCII. */
const ENVELOPE_ID = /^[ -~]{1,100}$/;

const headers = v.pipe(
  map(v.string(), v.string()),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, value] of Object.entries(dataset.value)) {
      const fault = headerFault(name, value);
      if (fault !== undefined) addIssue({ message: `${JSON.stringify(name.slice(0, 80))} ${fault}` });
    }
  }),
);

function headerFault(name: string, value: string): string | undefined {
  if (!isHeaderName(name)) return "is not a header name";
  if (refusedHeader(name) || TRACKING_HEADER.test(name)) return "cannot be set as a header";
  if (hasLineBreak(value)) return "holds a line break or a NUL";
  try {
    customField(name, value);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/** What the application wants back in events and reports. */
const labels = map(line(255), v.string());

const dsn = object({
  notify: v.nullish(
    v.pipe(
      v.array(v.picklist(["never", "failure", "delay", "success"])),
      // RFC 3461 4.1: NEVER stands alone.
      v.check((notify) => !notify.includes("never") || notify.length === 1, "has never beside others"),
    ),
  ),
  ret: v.nullish(v.picklist(["headers", "full"])),
  envid: v.nullish(v.pipe(v.string(), v.regex(ENVELOPE_ID, "must be 1 to 100 characters of printable ASCII"))),
});

const batchCode = v.pipe(id, v.notValue(WHOLE_TENANT, "must not be *, which stands for the whole tenant"));

/** One message; null is the same as absent. */
export const Message = v.pipe(
  v.strictObject({
    id,
    tenant_id: v.nullish(id),
    account_id: v.nullish(id),
    from: v.nullish(mailbox),
    to: v.nullish(mailboxes),
    cc: v.nullish(mailboxes),
    bcc: v.nullish(mailboxes),
    reply_to: v.nullish(mailboxes),
    return_path: v.nullish(bareAddress),
    subject: v.nullish(v.pipe(oneLineText(), text)),
    body: v.nullish(text),
    content_type: v.nullish(v.picklist(["plain", "html"])),
    text: v.nullish(text),
    html: v.nullish(text),
    message_id: v.nullish(v.pipe(v.string(), v.regex(MESSAGE_ID, "must be like <unique@domain>"))),
    headers: v.nullish(headers),
    list_unsubscribe: v.nullish(v.boolean()),
    date: v.nullish(moment),
    priority: v.nullish(priority),
    deferred_ts: v.nullish(moment),
    expires_ts: v.nullish(moment),
    batch_code: v.nullish(batchCode),
    dsn: v.nullish(dsn),
    attachments: v.nullish(
      v.pipe(v.array(Attachment), v.maxLength(MOST_ATTACHMENTS, `holds more than ${MOST_ATTACHMENTS}`)),
    ),
    tags: v.nullish(labels),
    metadata: v.nullish(labels),
  }),
  v.check((m) => !isGiven(m.body) || !(isGiven(m.text) || isGiven(m.html)), "body and text or html exclude each other"),
  v.check((m) => !isGiven(m.content_type) || isGiven(m.body), "content_type belongs to body"),
  v.check(
    (m) => !m.list_unsubscribe || !Object.keys(m.headers ?? {}).some(isUnsubscribeField),
    "list_unsubscribe and a header of that name exclude each other",
  ),
);
export type Message = v.InferOutput<typeof Message>;

/** The frame of a batch: what is in it is checked message by message, so that one never blocks the rest. */
export const MessageBatch = v.strictObject({
  messages: v.array(v.unknown()),
  default_priority: v.nullish(priority),
});
export type MessageBatch = v.InferOutput<typeof MessageBatch>;

/** A subject may be empty and may be cut in the middle of an emoji, but stands on one line. */
function oneLineText() {
  return v.pipe(
    v.string(),
    v.check((subject) => !hasLineBreak(subject), "must not hold a line break or a NUL"),
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
