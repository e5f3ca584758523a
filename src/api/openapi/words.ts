/** The words of the document: what each field and parameter means, in one line where one says it. */
import type { JsonSchema } from "@valibot/to-json-schema";
import { FIELDS, OWN_FIELDS } from "./words-fields.ts";

export const ABOUT = `Takes email from applications, keeps it in a durable queue, delivers it through the SMTP accounts of its tenants, and reports back.

Every call carries a token: the **admin's**, which opens everything, or a **tenant's key**, which opens that tenant and may leave \`tenant_id\` out everywhere. Answers are objects with \`ok\`; failures have a \`code\`, \`details\` and a \`request_id\`. Moments are Unix seconds (UTC); on input ISO 8601 is taken too. Unknown fields and parameters are refused by name. After a 5xx or a broken connection repeat the call as it was: message ids make that safe.`;

export const PARAMETERS: Record<string, string> = {
  id: "The application's own id, percent-encoded; of a message also its `pk`; of a webhook its own.",
  n: "The number of the mail.",
  token: "What the link was signed with.",
  filename: "The file's name, for people.",
  position: "The place of the attachment, from 0.",
  tenant_id: "Only what is this tenant's. A tenant's key may leave it out.",
  status: "Only messages in this status.",
  active_only: "Only what is not finished; of tenants only those that are active.",
  batch_code: "The campaign. Where a batch is suspended or activated: none stands for the whole tenant.",
  account_id: "Only messages of this account.",
  q: "A part of an id, a subject or an address.",
  include: "`payload` adds what a message says, `preview` the beginning of it, `events` what happened to it.",
  since: "From this moment on.",
  until: "Before this moment.",
  limit: "How many entries a page has at most.",
  cursor: "The `next_cursor` of the page before.",
  force: "Also where messages wait: they fail.",
  message_id: "The id of the message.",
  command_id: "The number of the entry.",
  include_history: "Also what happened to each.",
  since_ts: "From this moment on.",
  until_ts: "Before this moment.",
  older_than_seconds: "Finished at least so long ago.",
  source: "Only what came onto the list this way.",
  recipient: "Whom the mail was sent to, as the envelope has it: a mark in the return path stands there.",
  format: "`csv` for the whole list as CSV.",
  address: "The address, in any spelling.",
  after: "Only what comes behind the entry with this id.",
  before: "Only what comes before the entry with this id.",
  page: "Which page, from 1.",
  date_from: "From this moment on.",
  date_to: "Up to this moment; of a day alone to its end.",
  to: "A part of a recipient's address.",
  from: "A part of the sender.",
  subject: "A part of the subject.",
  tag: "The name of a tag, or its name and value with a colon between them.",
  per_page: "How many entries a page has.",
  state: "Only what stands so.",
  event_type: "Only events of this type.",
  delivery: "The delivery's id, which is its `webhook-id`.",
  step: "Seconds between two points, made whole minutes.",
};

const SCHEMAS: Record<string, string> = {
  Moment: "Unix seconds, whole or with a fraction, or ISO 8601, which without a zone is UTC.",
  Priority: "0 or `immediate`, 1 `high`, 2 `medium`, 3 `low`.",
  Mailbox: "`a@b.example` or `Name <a@b.example>`.",
  Mailboxes: "Mailboxes as an array, or as comma-separated text.",
  MailboxText: "`a@b.example` or `Name <a@b.example>`.",
  BareAddress: "A mailbox, of which only the address counts.",
  Message: "One mail. `id` is required, and a recipient in `to`, `cc` or `bcc`. Null is the same as absent.",
  Attachment: "A file of a message, and where it comes from.",
  Failure: "What every failed call answers.",
  StoredMessage: "A message in the queue, or one that has left it.",
  Payload: "What a message says.",
  Preview:
    "What a message says, as far as somebody wants to look at it; of a ready-made mail, what its beginning holds.",
  MessageEvent: "One thing that happened to a message.",
  OneEmail: "An email as one client reads it, and in `email` as the other does.",
  ListedEmail: "An email with the fields that either client reads.",
  EmailEvent: "One thing that happened to an email.",
  Account: "An SMTP account and its health; of a secret only that there is one.",
  Tenant: "A tenant; of a secret only that there is one.",
  Webhook: "An endpoint that is told of events as they happen.",
  Delivery: "One event for one webhook, and how far that has come.",
  Attention: "Something that may need somebody: why, since when, and what would mend it.",
};

/** The schema with its own words and those of its fields. */
export function describe(name: string, schema: JsonSchema): JsonSchema {
  const own = SCHEMAS[name];
  const described = withFields(name, schema);
  return own === undefined ? described : { description: own, ...described };
}

function withFields(path: string, schema: JsonSchema): JsonSchema {
  const { properties, items, anyOf } = schema;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: fieldsOf(path, properties) }),
    ...(items === undefined || typeof items === "boolean" || Array.isArray(items)
      ? {}
      : { items: withFields(path, items) }),
    ...(anyOf === undefined
      ? {}
      : { anyOf: anyOf.map((one) => (typeof one === "boolean" ? one : withFields(path, one))) }),
  };
}

function fieldsOf(
  path: string,
  properties: Record<string, JsonSchema | boolean>,
): Record<string, JsonSchema | boolean> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      if (typeof schema === "boolean") return [name, schema];
      const description = OWN_FIELDS[`${path}.${name}`] ?? FIELDS[name];
      const described = withFields(`${path}.${name}`, schema);
      return [name, description === undefined ? described : { ...described, description }];
    }),
  );
}
