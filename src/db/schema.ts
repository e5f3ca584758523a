/**
 * The data model, the one copy of it in code; drizzle/ holds the migrations generated from it.
 *
 * Names: `_at` is a moment in Unix milliseconds, `key` and `seq` are internal integers, `id` is what an application chose.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Where a tenant takes its reports below its base URL, unless it says otherwise. */
export const DEFAULT_SYNC_PATH = "/mail-proxy/sync";

/** A tenant: an application, its report endpoint, its key. Secrets inside `clientAuth` and both webhook secrets are sealed. */
export const tenants = sqliteTable(
  "tenants",
  {
    id: text("id").primaryKey(),
    name: text("name"),
    clientBaseUrl: text("client_base_url"),
    clientSyncPath: text("client_sync_path"),
    clientAttachmentPath: text("client_attachment_path"),
    clientAuth: text("client_auth", { mode: "json" }).$type<StoredAuth>(),
    attachmentFormat: text("attachment_format", { enum: ["form", "json"] })
      .notNull()
      .default("form"),
    limitPerMinute: integer("limit_per_minute"),
    limitPerHour: integer("limit_per_hour"),
    limitPerDay: integer("limit_per_day"),
    largeFileConfig: text("large_file_config", { mode: "json" }).$type<LargeFileConfig>(),
    /** Named stores for attachments, by their names. */
    stores: text("stores", { mode: "json" }).$type<Record<string, StoredStore>>(),
    active: integer("active", { mode: "boolean" }).notNull().default(true),
    webhookSecret: text("webhook_secret"),
    /** The secret before this one, with which reports are signed too until then (Unix ms). */
    webhookSecretPrevious: text("webhook_secret_previous"),
    webhookSecretPreviousUntil: integer("webhook_secret_previous_until"),
    /** A key of the tenant named the URL: it is called at public addresses only. */
    publicOnly: integer("public_only", { mode: "boolean" }).notNull().default(false),
    apiKeyHash: text("api_key_hash"),
    apiKeyExpiresAt: integer("api_key_expires_at"),
    /** Addresses and domains (`@example.com`) that its messages may come from; null: any. */
    allowedSenders: text("allowed_senders", { mode: "json" }).$type<string[]>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [uniqueIndex("tenants_api_key").on(t.apiKeyHash).where(sql`api_key_hash is not null`)],
);

/** How the proxy authenticates towards a tenant's endpoints; `token` and `password` are sealed. */
export interface StoredAuth {
  method: "none" | "bearer" | "basic" | "header";
  token?: string | null;
  user?: string | null;
  password?: string | null;
  header?: string | null;
}

/** The URL of a store for files, which may hold credentials: sealed (security/sealed-store.ts), and as it may be shown. */
export interface StoredStore {
  sealed: string;
  shown: string;
}

/** What is done about large attachments; in the API's names, since it is merged field by field. */
export interface LargeFileConfig {
  enabled?: boolean;
  max_size_mb?: number;
  /** Versions before this one kept the URL as it was. */
  storage_url?: string | StoredStore;
  public_base_url?: string;
  file_ttl_days?: number;
  lifespan_after_download_days?: number;
  action?: "warn" | "reject" | "rewrite";
}

/** Suspended: a batch of a tenant, or all of it (`*`). Its messages wait in state `held`. */
export const suspensions = sqliteTable(
  "suspensions",
  {
    tenantId: text("tenant_id").notNull(),
    batchCode: text("batch_code").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.batchCode] })],
);

/** An SMTP account and its health. A deleted one stays, hidden, so that its messages can still name it. */
export const accounts = sqliteTable(
  "accounts",
  {
    key: integer("key").primaryKey({ autoIncrement: true }),
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    host: text("host").notNull(),
    port: integer("port").notNull(),
    user: text("user"),
    password: text("password"),
    tls: text("tls", { enum: ["none", "opportunistic", "starttls", "implicit"] }).notNull(),
    tlsVerify: integer("tls_verify", { mode: "boolean" }),
    ca: text("ca"),
    authMethod: text("auth_method", { enum: ["auto", "plain", "login", "cram-md5", "xoauth2"] })
      .notNull()
      .default("auto"),
    ehloName: text("ehlo_name"),
    fromAddress: text("from_address"),
    /** As the tenant's, which holds as well. */
    allowedSenders: text("allowed_senders", { mode: "json" }).$type<string[]>(),
    priority: integer("priority"),
    limitPerMinute: integer("limit_per_minute"),
    limitPerHour: integer("limit_per_hour"),
    limitPerDay: integer("limit_per_day"),
    limitBehavior: text("limit_behavior", { enum: ["defer", "reject"] })
      .notNull()
      .default("defer"),
    batchSize: integer("batch_size"),
    maxConnections: integer("max_connections"),
    maxMessagesPerConnection: integer("max_messages_per_connection"),
    ttl: integer("ttl").notNull().default(300),
    asciiAttachments: integer("ascii_attachments", { mode: "boolean" }).notNull().default(false),
    suppressSend: integer("suppress_send", { mode: "boolean" }).notNull().default(false),
    retryDelays: text("retry_delays", { mode: "json" }).$type<number[]>(),
    isPecAccount: integer("is_pec_account", { mode: "boolean" }).notNull().default(false),
    imapHost: text("imap_host"),
    imapPort: integer("imap_port"),
    imapUser: text("imap_user"),
    imapPassword: text("imap_password"),
    imapFolder: text("imap_folder"),
    /** TLS from the first byte; else the connection is upgraded. */
    imapSsl: integer("imap_ssl", { mode: "boolean" }),
    imapTlsVerify: integer("imap_tls_verify", { mode: "boolean" }),
    imapCa: text("imap_ca"),
    /** A key of the tenant named the IMAP host: it is reached at public addresses only. */
    imapPublicOnly: integer("imap_public_only", { mode: "boolean" }).notNull().default(false),
    /** A key of the tenant named the host: it is reached at public addresses only. */
    publicOnly: integer("public_only", { mode: "boolean" }).notNull().default(false),
    /** Health: faults in a row that are the account's own, and until when nothing is claimed for it. */
    faults: integer("faults").notNull().default(0),
    pausedUntil: integer("paused_until"),
    lastError: text("last_error"),
    lastErrorAt: integer("last_error_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    deletedAt: integer("deleted_at"),
  },
  (t) => [
    uniqueIndex("accounts_id").on(t.tenantId, t.id).where(sql`deleted_at is null`),
    index("accounts_tenant").on(t.tenantId),
    index("accounts_mailboxes")
      .on(t.key)
      .where(sql`is_pec_account = 1 and imap_host is not null and deleted_at is null`),
  ],
);

const STATES = ["scheduled", "ready", "held", "sending", "sent", "error", "canceled"] as const;

/**
 * A message's place in the queue: small rows, so that the hot pages stay hot.
 *
 * `wakeAt` is the one moment at which time alone changes the row: when a scheduled message is due, a waiting one
 * expires, a lease ends, a finished one may be swept. Two partial indexes on it (live and finished) serve all of that.
 */
export const messages = sqliteTable(
  "messages",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    pk: text("pk").notNull(),
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    accountKey: integer("account_key"),
    priority: integer("priority").notNull(),
    state: text("state", { enum: STATES }).notNull(),
    wakeAt: integer("wake_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    batchCode: text("batch_code"),
    /** Fencing token of the claim that holds the message; only it can settle. */
    token: integer("token"),
    attempts: integer("attempts").notNull().default(0),
    /** The application's own wish, or the moment of the next attempt. */
    deferredAt: integer("deferred_at"),
    /** An attempt ended without an answer after the final dot (or its worker died): a second copy is possible. */
    outcomeUnknown: integer("outcome_unknown", { mode: "boolean" }).notNull().default(false),
    /** A limit held the message back once, and its tenant was told. */
    rateLimited: integer("rate_limited", { mode: "boolean" }).notNull().default(false),
    error: text("error"),
    /** The envelope and what became of it, one short array a recipient (recipients.ts). */
    recipients: text("recipients").notNull().default("[]"),
    /** Of the content, in characters. */
    size: integer("size").notNull(),
    /** Of the call that brought it, by which the log can be followed from there to its report. */
    requestId: text("request_id"),
    createdAt: integer("created_at").notNull(),
    smtpAt: integer("smtp_at"),
    finishedAt: integer("finished_at"),
  },
  (t) => [
    uniqueIndex("messages_id").on(t.tenantId, t.id),
    uniqueIndex("messages_pk").on(t.pk),
    index("messages_tenant").on(t.tenantId, t.seq),
    index("messages_ready").on(t.accountKey, t.priority, t.seq).where(sql`state = 'ready'`),
    index("messages_sending").on(t.accountKey).where(sql`state = 'sending'`),
    index("messages_held").on(t.tenantId).where(sql`state = 'held'`),
    index("messages_live").on(t.wakeAt).where(sql`state in ('scheduled', 'ready', 'held', 'sending')`),
    index("messages_failed").on(t.state).where(sql`state = 'error' or state = 'canceled'`),
    index("messages_finished").on(t.wakeAt).where(sql`state in ('sent', 'error', 'canceled')`),
  ],
);

/** What a message says: JSON of `Content` (queue/message.ts), inline attachments included. */
export const payloads = sqliteTable("payloads", {
  message: integer("message").primaryKey(),
  subject: text("subject").notNull(),
  content: text("content").notNull(),
});

/** What happened to a message, oldest first; one with a `reportAt` still has to be reported to its tenant, not before then. */
export const events = sqliteTable(
  "events",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    tenantId: text("tenant_id").notNull(),
    message: integer("message").notNull(),
    type: text("type").notNull(),
    at: integer("at").notNull(),
    /** JSON of the fields of the report that belong to the event (reason, codes, recipients, tags...). */
    data: text("data").notNull(),
    reportAt: integer("report_at"),
    reportTries: integer("report_tries").notNull().default(0),
    reportedAt: integer("reported_at"),
  },
  (t) => [
    index("events_message").on(t.message),
    index("events_unreported").on(t.tenantId, t.reportAt).where(sql`report_at is not null`),
  ],
);

/** Sends by account and moment (100 ms steps, rounded up): what the sliding windows of the limits are summed from. */
export const grants = sqliteTable(
  "grants",
  {
    accountKey: integer("account_key").notNull(),
    at: integer("at").notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountKey, t.at] })],
);

/** Totals that are kept, not counted: they survive a restart and agree across processes. */
export const counters = sqliteTable(
  "counters",
  {
    name: text("name").notNull(),
    tenantId: text("tenant_id").notNull(),
    accountId: text("account_id").notNull(),
    value: integer("value").notNull(),
  },
  (t) => [primaryKey({ columns: [t.name, t.tenantId, t.accountId] })],
);

/** Upper bounds of the buckets in which waits are counted, all but the last, which has none: 1 ms, 2 ms, 4 ms... 70 minutes. */
export const WAIT_BOUNDS_MS = Array.from({ length: 23 }, (_, n) => 2 ** n);

/** `wait_0` to `wait_23`: messages by how long they took from being accepted to the server's 250. */
function waitColumns() {
  return Object.fromEntries(
    [...WAIT_BOUNDS_MS, Number.POSITIVE_INFINITY].map((_, n) => [
      `wait_${n}`,
      integer(`wait_${n}`).notNull().default(0),
    ]),
  );
}

/**
 * What happened in a minute, by account, so that a plot costs the same whatever the number of messages. The row without an
 * account is the sum of its tenant, what no account had included; the one without a tenant is the sum of all.
 */
export const rollups = sqliteTable(
  "rollups",
  {
    tenantId: text("tenant_id").notNull(),
    /** Unix minutes. */
    minute: integer("minute").notNull(),
    accountId: text("account_id").notNull(),
    sent: integer("sent").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    deferred: integer("deferred").notNull().default(0),
    rateLimited: integer("rate_limited").notNull().default(0),
    bounced: integer("bounced").notNull().default(0),
    complained: integer("complained").notNull().default(0),
    ...waitColumns(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.minute, t.accountId] }),
    // What is over is swept by it, and accounts are compared over the last hour.
    index("rollups_minute").on(t.minute),
  ],
);

/** Who is logged in to the dashboard; each request looks whether what opened the session still opens anything. */
export const sessions = sqliteTable(
  "sessions",
  {
    /** SHA-256 of what the browser presents, in hexadecimal. */
    idHash: text("id_hash").primaryKey(),
    /** SHA-256 of the token that it was opened with. */
    tokenHash: text("token_hash").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("sessions_expires").on(t.expiresAt)],
);

/** How many messages of a tenant wait, by what they wait for; kept by queue/backlog.ts. */
export const backlog = sqliteTable(
  "backlog",
  {
    tenantId: text("tenant_id").notNull(),
    kind: text("kind", { enum: ["scheduled", "held", "active"] }).notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.kind] })],
);

/** The report exchange with a tenant: whose turn, when next, and the batch under way, which is retried as it was. */
export const syncs = sqliteTable("syncs", {
  tenantId: text("tenant_id").primaryKey(),
  token: integer("token"),
  leaseUntil: integer("lease_until"),
  /** No idle call before this; `requested` (run-now) overrides it. */
  idleDueAt: integer("idle_due_at").notNull().default(0),
  /** No call at all before this: the endpoint failed. */
  retryAt: integer("retry_at").notNull().default(0),
  failures: integer("failures").notNull().default(0),
  requested: integer("requested", { mode: "boolean" }).notNull().default(false),
  batchId: text("batch_id"),
  batchEvents: text("batch_events", { mode: "json" }).$type<number[]>(),
  lastSyncAt: integer("last_sync_at"),
  lastOkAt: integer("last_ok_at"),
  lastError: text("last_error"),
});

/**
 * What was heard of a message from outside, such as a bounce, once each: `origin` names the kind and the recipient, so that
 * the same news that comes again, by whichever way, is no second event.
 */
export const notices = sqliteTable(
  "notices",
  {
    message: integer("message").notNull(),
    origin: text("origin").notNull(),
    /** Of the mail that brought it first: what a repetition whose answer was lost is known by. */
    token: integer("token").notNull(),
  },
  (t) => [primaryKey({ columns: [t.message, t.origin] })],
);

/** Messages by the Message-ID that an application gave them, as receipts and bounces name them; our own Message-IDs hold the pk. */
export const messageIds = sqliteTable(
  "message_ids",
  {
    messageId: text("message_id").notNull(),
    message: integer("message").notNull(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.message] }), index("message_ids_message").on(t.message)],
);

/** Sent certified mail (PEC) of which no receipt has come yet, and when that is too late (Unix ms). */
export const pecWaits = sqliteTable(
  "pec_waits",
  {
    message: integer("message").primaryKey(),
    dueAt: integer("due_at").notNull(),
  },
  (t) => [index("pec_waits_due").on(t.dueAt)],
);

/** Requests of the email API by their idempotency keys: what came of the first is the answer to those that repeat it. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    tenantId: text("tenant_id").notNull(),
    key: text("key").notNull(),
    /** Of the request that took the key: what a repetition whose answer was lost is known by. */
    token: integer("token").notNull(),
    /** SHA-256 of the payload, in hexadecimal. */
    payloadHash: text("payload_hash").notNull(),
    /** JSON of the answer. */
    answer: text("answer").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] }), index("idempotency_keys_expires").on(t.expiresAt)],
);

/** A tenant's endpoint for events as they happen; both secrets are sealed. Whoever holds the lease works on its line. */
export const webhooks = sqliteTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    url: text("url").notNull(),
    /** Names such as `email.sent`; null: all. */
    events: text("events", { mode: "json" }).$type<string[]>(),
    secret: text("secret").notNull(),
    /** The secret before this one, with which deliveries are signed too until then (Unix ms). */
    secretPrevious: text("secret_previous"),
    secretPreviousUntil: integer("secret_previous_until"),
    secretRotatedAt: integer("secret_rotated_at"),
    status: text("status", { enum: ["enabled", "disabled"] })
      .notNull()
      .default("enabled"),
    /** Why it was disabled, and when, where that was not done by hand. */
    disabledReason: text("disabled_reason"),
    disabledAt: integer("disabled_at"),
    /** A key of the tenant named the URL: it is called at public addresses only, and what it answers is the tenant's to see. */
    publicOnly: integer("public_only", { mode: "boolean" }).notNull().default(false),
    /** Since when it has taken nothing, and how many calls that were; null and 0 while all is well. */
    failingSince: integer("failing_since"),
    failures: integer("failures").notNull().default(0),
    token: integer("token"),
    leaseUntil: integer("lease_until"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("webhooks_tenant").on(t.tenantId)],
);

/** One event for one endpoint, in the order of `seq`: what is posted, and how far that has come. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    /** `webhook-id`, the same whenever it is sent again. */
    id: text("id").notNull(),
    webhook: text("webhook").notNull(),
    /** Null: a test, which no message stands behind. */
    event: integer("event"),
    type: text("type").notNull(),
    /** The body, byte for byte. */
    payload: text("payload").notNull(),
    /** `missed`: it happened while the endpoint was disabled, and is sent only if somebody asks for it. */
    state: text("state", { enum: ["pending", "delivered", "failed", "missed"] }).notNull(),
    /** The endpoint takes others and not this one, which therefore does not hold up the line. */
    aside: integer("aside", { mode: "boolean" }).notNull().default(false),
    attempts: integer("attempts").notNull().default(0),
    /** Of those that are pending: when it is tried (again). */
    nextAt: integer("next_at"),
    createdAt: integer("created_at").notNull(),
    deliveredAt: integer("delivered_at"),
  },
  (t) => [
    uniqueIndex("webhook_deliveries_id").on(t.id),
    uniqueIndex("webhook_deliveries_event").on(t.webhook, t.event).where(sql`event is not null`),
    index("webhook_deliveries_webhook").on(t.webhook, t.seq),
    index("webhook_deliveries_state").on(t.webhook, t.state, t.seq, t.aside),
    index("webhook_deliveries_due").on(t.webhook, t.aside, t.nextAt).where(sql`state = 'pending'`),
    index("webhook_deliveries_created").on(t.createdAt),
  ],
);

/** What an endpoint answered, call by call. */
export const webhookAttempts = sqliteTable(
  "webhook_attempts",
  {
    /** `seq` of its delivery. */
    delivery: integer("delivery").notNull(),
    number: integer("number").notNull(),
    at: integer("at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    /** Null where there was no answer: then `error` says why. */
    status: integer("status"),
    /** The beginning of its body, where it is the tenant's to see. */
    answer: text("answer"),
    error: text("error"),
  },
  (t) => [primaryKey({ columns: [t.delivery, t.number] })],
);

/** One row: the events up to this one are in the lines of the webhooks. It stands still while there are none. */
export const webhookFeed = sqliteTable("webhook_feed", {
  id: integer("id").primaryKey(),
  event: integer("event").notNull(),
});

/** Whom a tenant's messages do not go to any more. */
export const suppressions = sqliteTable(
  "suppressions",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    tenantId: text("tenant_id").notNull(),
    /** In lower case, the domain in ASCII: what recipients are compared with. */
    address: text("address").notNull(),
    /** As it was given, where that is something else: shown to people. */
    spelled: text("spelled"),
    source: text("source", { enum: ["bounce", "complaint", "unsubscribe", "manual", "import"] }).notNull(),
    reason: text("reason"),
    /** The message (its pk) that brought it here. */
    pk: text("pk"),
    createdAt: integer("created_at").notNull(),
    /** Null: it stays. */
    expiresAt: integer("expires_at"),
  },
  (t) => [
    uniqueIndex("suppressions_address").on(t.tenantId, t.address),
    index("suppressions_tenant").on(t.tenantId, t.seq),
    index("suppressions_expires").on(t.expiresAt).where(sql`expires_at is not null`),
  ],
);

/** How far a mailbox with bounces or receipts is read, by whom, and how that goes. */
export const mailboxes = sqliteTable("mailboxes", {
  /** `instance`, or `account:` and the account's key. */
  id: text("id").primaryKey(),
  /** Of server, user and folder: another place has a cursor of its own. */
  place: text("place").notNull(),
  token: integer("token"),
  leaseUntil: integer("lease_until"),
  /** RFC 3501 2.3.1.1: with another one, UIDs mean other mails. */
  uidValidity: text("uid_validity"),
  lastUid: integer("last_uid").notNull().default(0),
  failures: integer("failures").notNull().default(0),
  retryAt: integer("retry_at").notNull().default(0),
  lastReadAt: integer("last_read_at"),
  lastError: text("last_error"),
  lastErrorAt: integer("last_error_at"),
});

/** Mail that came in for the proxy itself, kept as it came by a version that could not read it yet. */
export const arrivals = sqliteTable(
  "arrivals",
  {
    /** SHA-256 of envelope and mail: the same delivered again is the same arrival. */
    hash: text("hash").primaryKey(),
    mailFrom: text("mail_from").notNull(),
    rcptTo: text("rcpt_to").notNull(),
    /** In base64: text passes every way to a database, bytes do not. */
    raw: text("raw").notNull(),
    arrivedAt: integer("arrived_at").notNull(),
  },
  (t) => [index("arrivals_at").on(t.arrivedAt)],
);

/** Large attachments that went into a tenant's store, a link standing in the message in their place; swept once they have expired. */
export const files = sqliteTable(
  "files",
  {
    /** Random, and a part of the link: nobody finds a file by counting. */
    id: text("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    /** The message's pk and the attachment's place in it: an attempt that is repeated finds what it stored before. */
    pk: text("pk").notNull(),
    position: integer("position").notNull(),
    /** The store's URL as it was then, sealed. */
    store: text("store").notNull(),
    path: text("path").notNull(),
    filename: text("filename").notNull(),
    mimeType: text("mime_type").notNull(),
    size: integer("size").notNull(),
    createdAt: integer("created_at").notNull(),
    /** Null: kept for ever. */
    expiresAt: integer("expires_at"),
    downloads: integer("downloads").notNull().default(0),
    downloadedAt: integer("downloaded_at"),
  },
  (t) => [
    uniqueIndex("files_message").on(t.pk, t.position),
    index("files_tenant").on(t.tenantId),
    index("files_expires").on(t.expiresAt).where(sql`expires_at is not null`),
  ],
);

/** Every changing call, secrets masked. */
export const commandLog = sqliteTable(
  "command_log",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at").notNull(),
    endpoint: text("endpoint").notNull(),
    tenantId: text("tenant_id"),
    payload: text("payload").notNull(),
    status: integer("status").notNull(),
    result: text("result").notNull(),
    requestId: text("request_id").notNull(),
  },
  (t) => [index("command_log_at").on(t.at)],
);

/** Stored configuration of the instance, one row a setting, and what the instance must remember of itself. */
export const instance = sqliteTable("instance", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/**
 * One row, whose revision grows whenever a tenant, a key, an account or the default priority changes that decides which
 * messages are taken, and for whom; triggers see to it (drizzle/0004_directory.sql).
 */
export const directory = sqliteTable("directory", {
  revision: integer("revision").notNull(),
});
