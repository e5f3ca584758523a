/** The routes of messages, described. */
import {
  MessageChanged,
  MessagePage,
  MessagesAdded,
  MessagesCleaned,
  MessagesDeleted,
  OneMessage,
} from "../../schemas/answers-messages.ts";
import { MessageBatch } from "../../schemas/message.ts";
import {
  CleanupMessages,
  DeleteMessages,
  MessageQuery,
  NoQuery,
  OneMessageQuery,
  TenantQuery,
} from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

const ONE = {
  id: "order-17",
  from: "Shop <shop@example.com>",
  to: "bob@example.com",
  subject: "Your order 17",
  text: "It is on its way.",
};

export const messageOperations: Operations = {
  "POST /commands/add-messages": {
    id: "addMessages",
    tag: "Messages",
    summary: "Put messages into the queue",
    description:
      "Answered after the commit: what is counted as queued is durable. Each message is checked for itself, and one that cannot be taken never blocks the rest: it stands in `rejected` with its reason. `ok` is false only if all of them were refused by validation. The `id` is the idempotency key, so a call whose answer was lost is repeated as it was.",
    opens: "tenant",
    query: NoQuery,
    body: MessageBatch,
    examples: {
      "one message": { messages: [ONE] },
      "a campaign, with one address that is none": {
        default_priority: "low",
        messages: [
          { ...ONE, id: "news-1-bob", subject: "News", batch_code: "news-1", html: "<p>News.</p>", text: "News." },
          { ...ONE, id: "news-1-eve", subject: "News", batch_code: "news-1", to: "nobody" },
        ],
      },
      "with an attachment, not before a moment": {
        messages: [
          {
            ...ONE,
            id: "invoice-12",
            deferred_ts: "2030-01-01T08:00:00Z",
            attachments: [{ filename: "invoice.txt", storage_path: "base64:MTIsNTAgRVVSCg==" }],
          },
        ],
      },
    },
    answers: MessagesAdded,
  },
  "GET /messages": {
    id: "listMessages",
    tag: "Messages",
    summary: "List messages, newest first",
    description: "A page of at most `limit`; `next_cursor` leads to the next one, and is null at the end.",
    opens: "tenant",
    query: MessageQuery,
    answers: MessagePage,
  },
  "GET /messages/:id": {
    id: "getMessage",
    tag: "Messages",
    summary: "Look at one message and what happened to it",
    description: "By its `id`, percent-encoded, or its `pk`. `events` are in the order in which they happened.",
    opens: "tenant",
    query: OneMessageQuery,
    answers: OneMessage,
    fails: [409],
  },
  "GET /messages/:id/raw": {
    id: "getRawMessage",
    tag: "Messages",
    summary: "A message's bytes, as they go out",
    description:
      "A whole mail with its header, the same at every attempt; Bcc is never in it. Nothing is fetched for it: a file that is brought when the message goes is left out, and named in a field `X-Mail-Proxy-Omitted`; one that a rule for large files would turn into a link is there. 404 also where nothing is kept of what it says: it was refused when it came in.",
    opens: "tenant",
    query: TenantQuery,
    answers: { mediaType: "message/rfc822", description: "The mail." },
    fails: [409],
  },
  "POST /messages/:id/retry": {
    id: "retryMessage",
    tag: "Messages",
    summary: "Send a message again",
    description:
      "One that failed, was canceled or waits for its next try goes at once, with its retries anew; recipients that have it get no second copy. 409 where there is nothing to try: `error` says in which state it is.",
    opens: "tenant",
    query: TenantQuery,
    answers: MessageChanged,
    fails: [409],
  },
  "POST /messages/:id/cancel": {
    id: "cancelMessage",
    tag: "Messages",
    summary: "Cancel a message that waits",
    description: "It is kept as `canceled`, and can be sent again. 409 where it is being sent, or finished.",
    opens: "tenant",
    query: TenantQuery,
    answers: MessageChanged,
    fails: [409],
  },
  "POST /commands/delete-messages": {
    id: "deleteMessages",
    tag: "Messages",
    summary: "Delete messages",
    description:
      "By `id` or `pk`, in whatever state, except those that are being sent. A key that names the `pk` of another tenant's message finds it under `unauthorized`.",
    opens: "tenant",
    query: TenantQuery,
    body: DeleteMessages,
    examples: { "two of them": { ids: ["news-1-bob", "news-1-eve"] } },
    answers: MessagesDeleted,
  },
  "POST /commands/cleanup-messages": {
    id: "cleanupMessages",
    tag: "Messages",
    summary: "Remove finished messages",
    description: "Only those that are finished and, where the tenant takes reports, reported.",
    opens: "tenant",
    query: TenantQuery,
    body: CleanupMessages,
    examples: { "older than a day": { older_than_seconds: 86_400 } },
    answers: MessagesCleaned,
  },
};
