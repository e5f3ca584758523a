/** The routes of the email API, described. */
import { EmailsTaken, EmailTaken } from "../../schemas/answers-emails.ts";
import { EmailChanged, EmailEvents, EmailInsights, EmailList, OneEmail } from "../../schemas/answers-emails-read.ts";
import { Email, EmailBatch } from "../../schemas/email.ts";
import { EmailChanges, EmailQuery } from "../../schemas/emails-read.ts";
import { TenantQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

const ONE = {
  from: "Shop <shop@example.com>",
  to: ["bob@example.net"],
  subject: "Your order 17",
  html: "<p>It is on its way.</p>",
  text: "It is on its way.",
};

export const emailOperations: Operations = {
  "POST /emails": {
    id: "sendEmail",
    tag: "Emails",
    summary: "Send an email",
    description:
      "Answered after the commit; the `id` is the message's `pk`. A repetition under the same `idempotency_key`, or the same `Idempotency-Key` in the header, sends nothing and answers as the first did; with another payload it is refused (409).",
    opens: "tenant",
    query: TenantQuery,
    body: Email,
    examples: {
      "one email": ONE,
      "later, and once": { ...ONE, scheduled_at: "in 1 hour", idempotency_key: "order-17" },
      "with tags and files": {
        ...ONE,
        tags: [{ name: "kind", value: "order" }],
        attachments: [
          { filename: "invoice.txt", content: "MTIsNTAgRVVSCg==" },
          { path: "https://files.example.com/terms.pdf" },
        ],
      },
    },
    answers: EmailTaken,
    fails: [404, 409],
  },
  "POST /emails/batch": {
    id: "sendEmails",
    tag: "Emails",
    summary: "Send up to 100 emails",
    description:
      "As a bare array one wrong email refuses them all, unless the header `x-batch-validation` says `permissive`: then `errors` tells which were left out. As `emails` in an object each is taken for itself, and `data` holds an answer for each, in their order. One idempotency key is for the whole batch.",
    opens: "tenant",
    query: TenantQuery,
    body: EmailBatch,
    examples: {
      "a bare array": [ONE, { ...ONE, to: ["eve@example.net"] }],
      "each for itself": { emails: [ONE, { ...ONE, to: ["eve@example.net"], tags: ["order"] }] },
    },
    answers: EmailsTaken,
    fails: [404, 409],
  },
  "GET /emails": {
    id: "listEmails",
    tag: "Emails",
    summary: "List emails, newest first",
    description:
      "Page by page, by `after` or `before`, or by `page`. What is filtered, and what is counted in `meta.total`, is looked for among the newest 10,000 emails, or of a time that is asked for the newest 10,000 of it; where contents have to be read, for `from` and `tag`, in at most 64 MiB of them. All pages by `after` lead to the oldest email.",
    opens: "tenant",
    query: EmailQuery,
    answers: EmailList,
    fails: [404],
  },
  "GET /emails/:id": {
    id: "getEmail",
    tag: "Emails",
    summary: "Look at one email",
    description:
      "By its `id` here, which is the message's `pk`, or by the `id` that its application gave it. The fields of one client stand beside `email`, which holds those of the other.",
    opens: "tenant",
    query: TenantQuery,
    answers: OneEmail,
  },
  "PATCH /emails/:id": {
    id: "rescheduleEmail",
    tag: "Emails",
    summary: "Give an email that waits another moment",
    description: "409 where it does not wait any more. A moment that is over means now.",
    opens: "tenant",
    query: TenantQuery,
    body: EmailChanges,
    examples: {
      tomorrow: { scheduled_at: "tomorrow at 9am" },
      "by ISO 8601": { scheduled_at: "2030-01-01T08:00:00Z" },
    },
    answers: EmailChanged,
    fails: [409],
  },
  "POST /emails/:id/cancel": {
    id: "cancelEmail",
    tag: "Emails",
    summary: "Cancel an email that waits",
    description: "409 where it is being sent, or finished. A body is not looked at.",
    opens: "tenant",
    query: TenantQuery,
    answers: EmailChanged,
    fails: [409],
  },
  "GET /emails/:id/events": {
    id: "listEmailEvents",
    tag: "Emails",
    summary: "What happened to an email",
    description: "Oldest first; `data` holds the same as `events`.",
    opens: "tenant",
    query: TenantQuery,
    answers: EmailEvents,
  },
  "GET /emails/:id/insights": {
    id: "getEmailInsights",
    tag: "Emails",
    summary: "What may keep an email from arriving",
    description: "As far as the email itself tells; no server is asked.",
    opens: "tenant",
    query: TenantQuery,
    answers: EmailInsights,
  },
};
