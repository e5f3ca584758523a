/** Every setting once: its name, what is allowed, its default and its line of documentation. */
import * as v from "valibot";
import { type Given, look, type Source } from "./settings/sources.ts";
import { nearest, unknownNames } from "./settings/unknown.ts";
import {
  flag,
  LONGEST_REPLY_SECONDS,
  list,
  seconds,
  secondsList,
  text,
  url,
  whole,
  YEAR_SECONDS,
} from "./settings/values.ts";

export type { Source } from "./settings/sources.ts";

/** One setting: `name` is the environment name after `MAIL_PROXY_` (or `GMP_`), which is also the name of a Worker binding. */
export interface Setting<T> {
  name: string;
  schema: v.GenericSchema<string, T>;
  /** Undefined: no default, the setting may be missing. */
  fallback: T;
  doc: string;
  secret?: true;
}

/** What settings are about: the chapters of docs/settings.md. */
export type Group =
  | "essentials"
  | "server"
  | "delivery"
  | "reports"
  | "bounces"
  | "attachments"
  | "cache"
  | "Workers"
  | "submission"
  | "limits"
  | "logging";

function setting<T>(name: string, schema: v.GenericSchema<string, T>, fallback: NoInfer<T>, doc: string): Setting<T> {
  return { name, schema, fallback, doc };
}

function optional<T>(name: string, schema: v.GenericSchema<string, T>, doc: string): Setting<T | undefined> {
  return { name, schema, fallback: undefined, doc };
}

function secret(name: string, doc: string): Setting<string | undefined> {
  return { ...optional(name, text, doc), secret: true };
}

function group<T extends Record<string, Setting<unknown>>>(name: Group, settings: T) {
  const entries = Object.entries(settings).map(([key, one]) => [key, { ...one, group: name }]);
  return Object.fromEntries(entries) as { [K in keyof T]: T[K] & { group: Group } };
}

export const SETTINGS = {
  ...group("essentials", {
    apiToken: secret(
      "API_TOKEN",
      "Admin token. Without one the first start makes one and keeps it in the instance folder.",
    ),
    databaseUrl: optional(
      "DATABASE_URL",
      url(/^(file|libsql|https?|wss?):/, "file:, libsql://, https:// or http:// URL"),
      "Where the queue is: `file:` path, `libsql://`, `https://` or `http://`. Default: a file in the instance folder.",
    ),
    databaseToken: secret("DATABASE_TOKEN", "Token for a remote database."),
    encryptionKey: secret(
      "ENCRYPTION_KEY",
      "Key for the secrets in the database: 32 bytes as base64 or hex. Default: `/run/secrets/encryption_key`, else a generated file in the instance folder.",
    ),
    host: setting("HOST", text, "127.0.0.1", "Address to listen on."),
    port: setting("PORT", whole(0, 65535), 8000, "Port to listen on; 0 takes a free one."),
    publicUrl: optional(
      "PUBLIC_URL",
      url(/^https?:\/\/[^\s/]+/, "an http or https URL"),
      "Where the proxy is reached from outside: what links begin with, to unsubscribe (which need https) and to large files (unless the tenant has a `public_base_url`).",
    ),
  }),
  ...group("server", {
    schedulerActive: setting(
      "SCHEDULER_ACTIVE",
      flag,
      true,
      "Whether this process sends and reports; a process without it only takes messages in.",
    ),
    sandbox: setting(
      "SANDBOX",
      flag,
      false,
      "Keep an inbox of our own; accounts whose host is `sandbox` deliver to it.",
    ),
    allowPrivateHosts: setting(
      "ALLOW_PRIVATE_HOSTS",
      flag,
      false,
      "Let tenant keys name private SMTP hosts and endpoints; the admin token always may.",
    ),
    dashboard: setting(
      "DASHBOARD",
      flag,
      true,
      "Serve the dashboard at `/dashboard`; the admin's token or a tenant's key opens it.",
    ),
    metrics: setting(
      "METRICS",
      v.picklist(["token", "public"], "token or public"),
      "token",
      "Who may read `/metrics`: `token` or `public`.",
    ),
    synchronous: setting(
      "SYNCHRONOUS",
      v.pipe(v.string(), v.toUpperCase(), v.picklist(["NORMAL", "FULL"], "NORMAL or FULL")),
      "NORMAL",
      "Embedded database: `FULL` survives a power cut at every commit, `NORMAL` survives a crash of the process and is faster.",
    ),
    shutdownSeconds: setting("SHUTDOWN_SECONDS", seconds(0), 30, "How long a stop waits for what is in flight."),
    testMode: setting("TEST_MODE", flag, false, "The loops wait for run-now instead of the clock."),
  }),
  ...group("delivery", {
    leaseSeconds: setting(
      "LEASE_SECONDS",
      seconds(1),
      120,
      "How long a claimed message is this process's own; renewed while it is being sent.",
    ),
    pollInterval: setting(
      "POLL_INTERVAL",
      seconds(0.05),
      5,
      "Seconds between looks for work that another process put into the database.",
    ),
    retryDelays: setting(
      "RETRY_DELAYS",
      secondsList(YEAR_SECONDS),
      [60, 300, 900, 3600, 7200],
      "Seconds to wait after each temporary failure; n delays are n+1 attempts.",
    ),
    expirySeconds: setting(
      "EXPIRY_SECONDS",
      whole(1),
      86_400,
      "A message is given up this long after it was due, unless it says otherwise.",
    ),
    defaultPriority: setting(
      "DEFAULT_PRIORITY",
      v.pipe(whole(0, 3)),
      2,
      "Priority of messages that name none: 0 immediate to 3 low.",
    ),
    batchSizePerAccount: setting(
      "BATCH_SIZE_PER_ACCOUNT",
      whole(1, 10_000),
      50,
      "Messages claimed at once for one account.",
    ),
    maxConcurrentSends: setting(
      "MAX_CONCURRENT_SENDS",
      whole(1, 100_000),
      500,
      "SMTP transactions at once, over all accounts of this process.",
    ),
    maxBytesInFlight: setting(
      "MAX_BYTES_IN_FLIGHT",
      whole(1_024),
      64 * 1024 * 1024,
      "Content of messages that one process has in memory at once, shared among its accounts; up to twice as much where accounts would wait for each other.",
    ),
    maxConnections: setting(
      "MAX_CONNECTIONS",
      whole(1, 1_000),
      8,
      "SMTP connections at once per account, unless the account says otherwise.",
    ),
    connectTimeout: setting("SMTP_CONNECT_TIMEOUT", seconds(0.1), 30, "Seconds to wait for an SMTP connection."),
    replyTimeout: setting(
      "SMTP_REPLY_TIMEOUT",
      seconds(0.1, LONGEST_REPLY_SECONDS),
      60,
      "Seconds to wait for an SMTP reply; five times that after the message's final dot.",
    ),
    ehloName: optional(
      "EHLO_NAME",
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9.:[\]-]+$/, "a host name")),
      "Name for EHLO. Default: this machine's host name.",
    ),
    trackingHeaders: setting(
      "TRACKING_HEADERS",
      flag,
      true,
      "Send `X-Mail-Proxy-ID` and `X-Genro-Mail-ID` with every message.",
    ),
  }),
  ...group("reports", {
    syncInterval: setting(
      "SYNC_INTERVAL",
      seconds(1),
      300,
      "A tenant with a sync URL is called at least this often, events or not.",
    ),
    retentionSeconds: setting(
      "RETENTION_SECONDS",
      whole(0),
      604_800,
      "How long finished and reported messages are kept.",
    ),
    webhookOverlapSeconds: setting(
      "WEBHOOK_OVERLAP_SECONDS",
      whole(0, YEAR_SECONDS),
      86_400,
      "After a tenant's `webhook_secret` was replaced, reports are signed with the old one too for this long.",
    ),
  }),
  ...group("bounces", {
    suppressionSeconds: setting(
      "SUPPRESSION_SECONDS",
      whole(0),
      0,
      "How long a recipient stays suppressed after a hard bounce or a complaint; 0: until it is taken off the list.",
    ),
    pecTimeout: setting(
      "PEC_TIMEOUT",
      seconds(1),
      1_800,
      "Seconds that a sent message of a PEC account waits for its first receipt, before `pec_timeout` is reported.",
    ),
  }),
  ...group("attachments", {
    attachmentDir: optional(
      "ATTACHMENT_DIR",
      text,
      "Folder that attachments by `filesystem` may come from, links resolved. Default: none, and such attachments fail.",
    ),
    attachmentAllow: setting(
      "ATTACHMENT_ALLOW",
      list,
      [],
      "Hosts, addresses and networks (`files.internal,10.1.0.0/16`) that URLs out of messages may reach although they are private.",
    ),
    attachmentTimeout: setting("ATTACHMENT_TIMEOUT", seconds(0.1), 30, "Seconds to fetch one attachment."),
    attachmentConcurrency: setting(
      "ATTACHMENT_CONCURRENCY",
      whole(1, 100),
      3,
      "Attachments of one message that are fetched at once.",
    ),
    maxAttachmentBytes: setting(
      "MAX_ATTACHMENT_BYTES",
      whole(1_024),
      25 * 1024 * 1024,
      "Largest attachment; what a tenant's `large_file_config` rewrites into a link may be as large, too.",
    ),
    maxBytesAttachments: setting(
      "MAX_BYTES_ATTACHMENTS",
      whole(64 * 1_024),
      64 * 1024 * 1024,
      "Fetched content that one process has in memory at once, over all messages; beyond it others wait for their turn; up to four times as much where messages would wait for each other.",
    ),
  }),
  ...group("cache", {
    cacheMemoryMaxMb: setting(
      "CACHE_MEMORY_MAX_MB",
      whole(0, 1_000_000),
      50,
      "Attachments known by their MD5, kept in memory; 0: none.",
    ),
    cacheMemoryTtl: setting("CACHE_MEMORY_TTL", whole(1), 300, "Seconds that they are kept there."),
    cacheDiskMaxMb: setting(
      "CACHE_DISK_MAX_MB",
      whole(0, 1_000_000),
      500,
      "The same on disk (not on Workers); 0: none.",
    ),
    cacheDiskTtl: setting(
      "CACHE_DISK_TTL",
      whole(1),
      86_400,
      "Seconds that they are kept there, and in the Cache API of Workers.",
    ),
    cacheDiskDir: optional(
      "CACHE_DISK_DIR",
      text,
      "Where. Default: `cache` in the instance folder; with `serve` none.",
    ),
  }),
  ...group("Workers", {
    tickMessages: setting(
      "TICK_MESSAGES",
      whole(1),
      1_000,
      "Workers: messages that one run of the cron begins; behind an answer it is 50 at most.",
    ),
    tickSeconds: setting("TICK_SECONDS", seconds(1, 840), 45, "Workers: how long one run of the cron begins messages."),
    tickSubrequests: setting(
      "TICK_SUBREQUESTS",
      whole(40),
      50,
      "Workers: requests and connections of one invocation. The free plan grants 50, a paid one 10,000 unless its limits say otherwise.",
    ),
  }),
  ...group("submission", {
    smtpPort: optional(
      "SMTP_PORT",
      whole(0, 65535),
      "Port to take mail on by SMTP, with STARTTLS where there is a certificate; 0 takes a free one. Default: none.",
    ),
    smtpsPort: optional(
      "SMTPS_PORT",
      whole(0, 65535),
      "The same with TLS from the first byte, which needs a certificate. Default: none.",
    ),
    smtpTlsCert: optional(
      "SMTP_TLS_CERT",
      text,
      "File with the certificate (PEM), those between it and its root behind it.",
    ),
    smtpTlsKey: optional("SMTP_TLS_KEY", text, "File with its key (PEM)."),
    smtpMaxBytes: setting(
      "SMTP_MAX_BYTES",
      whole(1_024),
      36 * 1024 * 1024,
      "Largest mail that is taken by SMTP: 25 MiB of attachments, as mails carry them.",
    ),
    smtpMaxConnections: setting("SMTP_MAX_CONNECTIONS", whole(1, 10_000), 200, "Connections at once."),
    smtpMaxConnectionsPerAddress: setting(
      "SMTP_MAX_CONNECTIONS_PER_ADDRESS",
      whole(1, 10_000),
      50,
      "Connections at once from one address.",
    ),
    smtpIdleSeconds: setting(
      "SMTP_IDLE_SECONDS",
      seconds(1),
      300,
      "A connection on which nothing happens is closed after this; before the login after a tenth of it.",
    ),
    smtpMaxFailedLogins: setting(
      "SMTP_MAX_FAILED_LOGINS",
      whole(1, 1_000),
      10,
      "An address with so many failed logins in `SMTP_BAN_SECONDS` is sent away for as long.",
    ),
    smtpBanSeconds: setting("SMTP_BAN_SECONDS", seconds(1), 600, "How long that is."),
  }),
  ...group("limits", {
    maxBodyBytes: setting("MAX_BODY_BYTES", whole(1_024), 25 * 1024 * 1024, "Largest request body."),
    maxBytesIncoming: setting(
      "MAX_BYTES_INCOMING",
      whole(64 * 1_024),
      64 * 1024 * 1024,
      "Request bodies that one process has in memory at once, being read or waiting to be stored, and as much again of messages' contents that are being answered; beyond it a request is answered 503.",
    ),
    maxBatch: setting("MAX_BATCH", whole(1, 100_000), 1_000, "Most messages in one request."),
  }),
  ...group("logging", {
    logLevel: setting(
      "LOG_LEVEL",
      v.pipe(
        v.string(),
        v.toLowerCase(),
        v.picklist(["debug", "info", "warning", "error"], "debug, info, warning or error"),
      ),
      "info",
      "How much is logged: `debug`, `info`, `warning`, `error`.",
    ),
    logFormat: setting(
      "LOG_FORMAT",
      v.picklist(["text", "json"], "text or json"),
      "text",
      "How a log line is written: `text` for people, `json` for machines, one object a line. On Workers it is `json`.",
    ),
    logDeliveryActivity: setting(
      "LOG_DELIVERY_ACTIVITY",
      flag,
      false,
      "Log every step of every message at level `info` instead of `debug`: accepted, sent, deferred, reported. With a sandbox it is `true` unless it is set.",
    ),
  }),
} as const;

type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Values = { -readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]> };
export type SettingKey = keyof Values;

/** What a process works by. */
export type Config = Values & {
  /** Where each setting is from, as `Found` says it. */
  origins: Readonly<Record<SettingKey, string>>;
};

/** A setting that cannot be used: its name, its value (masked if secret) and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A setting and its value: `from` is the name in the environment, `stored`, or `default`. */
export interface Found {
  key: SettingKey;
  name: string;
  group: Group;
  secret: boolean;
  value: unknown;
  from: string;
}

/** Every setting from `MAIL_PROXY_*`, its `GMP_*` alias, then the stored config, else its default; throws ConfigError on a bad value. */
export function findSettings(environment: Source, stored: Source = {}): Found[] {
  return Object.entries(SETTINGS as Record<string, Setting<unknown> & { group: Group }>).map(([key, one]) => {
    const { name, group } = one;
    const given = look(name, environment, stored);
    const value = given === undefined ? one.fallback : parse(one, given);
    return {
      key: key as SettingKey,
      name,
      group,
      secret: one.secret === true,
      value,
      from: given?.from ?? "default",
    };
  });
}

export function readConfig(environment: Source, stored: Source = {}): Config {
  return asConfig(findSettings(environment, stored));
}

/** Of all settings. */
export function asConfig(found: readonly Found[]): Config {
  const values = Object.fromEntries(found.map(({ key, value }) => [key, value])) as Values;
  const origins = Object.fromEntries(found.map(({ key, from }) => [key, from])) as Config["origins"];
  return { ...values, origins };
}

function parse({ name, schema, secret }: Setting<unknown>, { raw, from }: Given): unknown {
  const parsed = v.safeParse(schema, raw);
  if (parsed.success) return parsed.output;
  const named = from === "stored" ? `${name} in the stored config` : from;
  // A URL may carry a password behind its scheme.
  const shown = secret ? "********" : JSON.stringify(raw.replace(/:\/\/.*/, "://********"));
  throw new ConfigError(`${named} is ${shown}, but must be ${parsed.issues[0].message}`);
}

const NAMES: readonly string[] = Object.values(SETTINGS).map(({ name }) => name);

/** Names in the environment and in the stored config that look like settings and are none, each with what may have been meant. */
export function unknownSettings(environment: Source, stored: Source = {}): string[] {
  return unknownNames(NAMES, environment, stored);
}

/** The setting that a name without prefix may have been meant for. */
export function nearestSetting(name: string): string | undefined {
  return nearest(NAMES, name);
}
