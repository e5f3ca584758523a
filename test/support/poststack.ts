/**
 * A client that calls as PostStack's SDK does, and demands of each answer the fields that one reads; anything else is an error.
 *
 * The SDK itself is not run: what stands here is its manner of asking, by its documentation.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";

const RETRIES = 3;
const FIRST_WAIT_MS = 20;

/** What it throws once it no longer tries. */
export class PostStackError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;

  constructor(status: number, { error, code }: v.InferOutput<typeof Failure>, requestId: string | null) {
    super(error);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

const Failure = v.object({ error: v.string(), code: v.string() });
const Success = v.object({ success: v.literal(true) });
const Text = v.string();
const Moment = v.nullable(v.pipe(v.string(), v.isoTimestamp()));

const Listed = v.object({
  id: Text,
  publicId: Text,
  from: Text,
  to: v.array(Text),
  subject: Text,
  status: Text,
  createdAt: Moment,
  sentAt: Moment,
  scheduledAt: Moment,
  tags: v.array(Text),
});
const Email = v.object({
  ...Listed.entries,
  fromAddress: Text,
  fromName: v.nullable(Text),
  toAddresses: v.array(Text),
  ccAddresses: v.nullable(v.array(Text)),
  bccAddresses: v.nullable(v.array(Text)),
  replyTo: v.nullable(v.union([Text, v.array(Text)])),
  headers: v.nullable(v.record(Text, Text)),
  htmlBody: v.nullable(Text),
  textBody: v.nullable(Text),
  events: v.array(v.object({ type: Text, timestamp: Moment })),
});
const EmailEvent = v.object({
  id: Text,
  type: Text,
  eventType: Text,
  timestamp: Moment,
  createdAt: Moment,
  emailId: Text,
});
const Warning = v.object({ type: Text, code: Text, message: Text, severity: v.picklist(["warning", "info"]) });

const Webhook = v.object({
  id: Text,
  url: Text,
  events: v.nullable(v.array(Text)),
  active: v.boolean(),
  createdAt: Moment,
  consecutiveFailures: v.number(),
  disabledAt: Moment,
  disabledReason: v.nullable(Text),
  lastDeliveryAt: Moment,
  lastDeliveryStatus: v.nullable(v.union([Text, v.number()])),
});
const WithSecret = v.object({ webhook: Webhook, signingSecret: Text });

const Answers = {
  sent: v.object({ id: Text, replayed: v.optional(v.boolean()) }),
  batch: v.object({ data: v.array(v.union([v.object({ id: Text }), Failure])) }),
  email: v.object({ email: Email }),
  page: v.object({
    data: v.array(Listed),
    meta: v.object({ page: v.number(), perPage: v.number(), total: v.number(), totalPages: v.number() }),
  }),
  events: v.object({ events: v.array(EmailEvent) }),
  insights: v.object({ warnings: v.array(Warning) }),
  webhook: v.object({ webhook: Webhook }),
  webhooks: v.object({ webhooks: v.array(Webhook) }),
  deliveries: v.object({
    deliveries: v.array(v.object({ id: Text, eventType: Text, status: Text })),
    pagination: v.object({}),
  }),
  replayed: v.object({ replayed: v.number(), remaining: v.number() }),
};

export class PostStack {
  readonly #url: string;
  readonly #key: string;

  constructor(key: string, url: string) {
    this.#key = key;
    this.#url = url;
  }

  readonly emails = {
    send: (email: object) => this.#call("POST", "/emails", Answers.sent, email),
    batch: (emails: object[]) => this.#call("POST", "/emails/batch", Answers.batch, { emails }),
    get: (id: string) => this.#call("GET", `/emails/${id}`, Answers.email),
    list: (filters: Record<string, string>) =>
      this.#call("GET", `/emails?${new URLSearchParams(filters)}`, Answers.page),
    reschedule: (id: string, scheduledAt: string) =>
      this.#call("PATCH", `/emails/${id}`, Success, { scheduled_at: scheduledAt }),
    cancel: (id: string) => this.#call("POST", `/emails/${id}/cancel`, Success),
    events: (id: string) => this.#call("GET", `/emails/${id}/events`, Answers.events),
    insights: (id: string) => this.#call("GET", `/emails/${id}/insights`, Answers.insights),
  };

  readonly webhooks = {
    create: (webhook: { url: string; events: string[] }) => this.#call("POST", "/webhooks", WithSecret, webhook),
    list: () => this.#call("GET", "/webhooks", Answers.webhooks),
    get: (id: string) => this.#call("GET", `/webhooks/${id}`, Answers.webhook),
    update: (id: string, changes: object) => this.#call("PATCH", `/webhooks/${id}`, Answers.webhook, changes),
    delete: (id: string) => this.#call("DELETE", `/webhooks/${id}`, Success),
    test: (id: string) => this.#call("POST", `/webhooks/${id}/test`, Success),
    rotateSecret: (id: string) => this.#call("POST", `/webhooks/${id}/rotate-secret`, WithSecret),
    deliveries: (id: string) => this.#call("GET", `/webhooks/${id}/deliveries?page=1&per_page=10`, Answers.deliveries),
    replay: (id: string, delivery: string) =>
      this.#call("POST", `/webhooks/${id}/deliveries/${delivery}/replay`, Success),
    batchReplay: (id: string, range: object) =>
      this.#call("POST", `/webhooks/${id}/deliveries/batch-replay`, Answers.replayed, range),
  };

  /** One key for all tries of a call, so that none of them can do the work again. */
  async #call<T extends v.GenericSchema>(
    method: string,
    path: string,
    schema: T,
    body?: object,
  ): Promise<v.InferOutput<T>> {
    const headers = {
      Authorization: `Bearer ${this.#key}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {}),
    };
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    for (let retries = 0; ; retries++) {
      const answer = await fetch(this.#url + path, request).catch(unanswered);
      if (answer.ok) return v.parse(schema, await answer.json());
      if (retries === RETRIES || !isPassing(answer)) throw await failureOf(answer);
      await pause(waitMs(answer, retries));
    }
  }
}

/** In the place of an answer, with a status that no server gives. */
function unanswered(fault: unknown): Response {
  return Response.json({ error: String(fault), code: "network_error" }, { status: 599 });
}

function isPassing({ status }: Response): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function waitMs({ headers }: Response, retries: number): number {
  return Number(headers.get("Retry-After")) * 1000 || FIRST_WAIT_MS * 2 ** retries;
}

async function failureOf(answer: Response): Promise<PostStackError> {
  const failure = v.parse(Failure, await answer.json());
  return new PostStackError(answer.status, failure, answer.headers.get("X-Request-Id"));
}
