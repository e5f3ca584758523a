/** Every setting once: its name, what is allowed, its default and its line of documentation. */
import * as v from "valibot";

const flag = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(["1", "0", "true", "false", "yes", "no", "on", "off"], "true or false"),
  v.transform((text) => ["1", "true", "yes", "on"].includes(text)),
);

/** Timers count milliseconds in 31 bits; a longer one would fire at once. */
const LONGEST_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1000);
/** After a message's final dot a reply may take five times as long as any other. */
const LONGEST_REPLY_SECONDS = Math.floor(LONGEST_TIMER_SECONDS / 5);
const YEAR_SECONDS = 365 * 86_400;

const whole = (least: number, most = 2 ** 31) =>
  within(/^\d+$/, least, most, `a whole number from ${least} to ${most}`);

const seconds = (least: number, most = LONGEST_TIMER_SECONDS) =>
  within(/^\d+(\.\d+)?$/, least, most, `seconds from ${least} to ${most}`);

function within(form: RegExp, least: number, most: number, allowed: string) {
  return v.pipe(
    v.string(),
    v.regex(form, allowed),
    v.transform(Number),
    v.minValue(least, allowed),
    v.maxValue(most, allowed),
  );
}

const list = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  ),
);

const secondsList = (most: number) =>
  v.pipe(list, v.array(within(/^\d+$/, 0, most, `comma-separated whole seconds from 0 to ${most} (a year)`)));

/** One setting: `name` is the environment name after `MAIL_PROXY_` (or `GMP_`), which is also the name of a Worker binding. */
interface Setting<T> {
  name: string;
  schema: v.GenericSchema<string, T>;
  /** Undefined: no default, the setting may be missing. */
  fallback: T;
  doc: string;
  secret?: true;
}

function setting<T>(name: string, schema: v.GenericSchema<string, T>, fallback: NoInfer<T>, doc: string): Setting<T> {
  return { name, schema, fallback, doc };
}

function optional<T>(name: string, schema: v.GenericSchema<string, T>, doc: string): Setting<T | undefined> {
  return { name, schema, fallback: undefined, doc };
}

const text = v.pipe(v.string(), v.minLength(1, "some text"));

export const SETTINGS = {
  apiToken: {
    ...optional(
      "API_TOKEN",
      text,
      "Admin token. Without one the first start makes one and keeps it in the instance folder.",
    ),
    secret: true,
  },
  databaseUrl: optional(
    "DATABASE_URL",
    v.pipe(v.string(), v.regex(/^(file|libsql|https?|wss?):/, "file:, libsql://, https:// or http:// URL")),
    "Where the queue is: `file:` path, `libsql://`, `https://` or `http://`. Default: a file in the instance folder.",
  ),
  databaseToken: { ...optional("DATABASE_TOKEN", text, "Token for a remote database."), secret: true },
  encryptionKey: {
    ...optional(
      "ENCRYPTION_KEY",
      text,
      "Key for the secrets in the database: 32 bytes as base64 or hex. Default: `/run/secrets/encryption_key`, else a generated file in the instance folder.",
    ),
    secret: true,
  },
  host: setting("HOST", text, "127.0.0.1", "Address to listen on."),
  port: setting("PORT", whole(0, 65535), 8000, "Port to listen on; 0 takes a free one."),
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
  logDeliveryActivity: setting("LOG_DELIVERY_ACTIVITY", flag, false, "Log one line for every attempt at info level."),
  schedulerActive: setting(
    "SCHEDULER_ACTIVE",
    flag,
    true,
    "Whether this process sends and reports; a process without it only takes messages in.",
  ),
  sandbox: setting("SANDBOX", flag, false, "Keep an inbox of our own; accounts whose host is `sandbox` deliver to it."),
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
  syncInterval: setting(
    "SYNC_INTERVAL",
    seconds(1),
    300,
    "A tenant with a sync URL is called at least this often, events or not.",
  ),
  retryDelays: setting(
    "RETRY_DELAYS",
    secondsList(YEAR_SECONDS),
    [60, 300, 900, 3600, 7200],
    "Seconds to wait after each temporary failure; n delays are n+1 attempts.",
  ),
  retentionSeconds: setting(
    "RETENTION_SECONDS",
    whole(0),
    604_800,
    "How long finished and reported messages are kept.",
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
  shutdownSeconds: setting("SHUTDOWN_SECONDS", seconds(0), 30, "How long a stop waits for what is in flight."),
  maxBodyBytes: setting("MAX_BODY_BYTES", whole(1_024), 25 * 1024 * 1024, "Largest request body."),
  maxBytesIncoming: setting(
    "MAX_BYTES_INCOMING",
    whole(64 * 1_024),
    64 * 1024 * 1024,
    "Request bodies that one process has in memory at once, being read or waiting to be stored; beyond it a request is answered 503.",
  ),
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
  maxBatch: setting("MAX_BATCH", whole(1, 100_000), 1_000, "Most messages in one request."),
  allowPrivateHosts: setting(
    "ALLOW_PRIVATE_HOSTS",
    flag,
    false,
    "Let tenant keys name private SMTP hosts and endpoints; the admin token always may.",
  ),
  trackingHeaders: setting(
    "TRACKING_HEADERS",
    flag,
    true,
    "Send `X-Mail-Proxy-ID` and `X-Genro-Mail-ID` with every message.",
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
  testMode: setting("TEST_MODE", flag, false, "The loops wait for run-now instead of the clock."),
} as const satisfies Record<string, Setting<unknown>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;
export type Config = { -readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]> };

/** A setting that cannot be used: its name, its value (masked if secret) and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** What has the prefix of a setting and is none: the command line's own, and what the examples call the proxy's address and key. */
const NO_SETTINGS = new Set(["MAIL_PROXY_HOME", "MAIL_PROXY_URL", "MAIL_PROXY_KEY"]);

/** Where a value can come from, strongest first: the environment (or Worker bindings), then the instance's stored config. */
export type Source = Readonly<Record<string, unknown>>;

/** Names in the environment that look like settings and are none: mistyped, or another version's. */
export function unknownSettings(environment: Source): string[] {
  const known = new Set(Object.values(SETTINGS).map(({ name }) => `MAIL_PROXY_${name}`));
  return Object.keys(environment).filter(
    (name) => name.startsWith("MAIL_PROXY_") && !known.has(name) && !NO_SETTINGS.has(name),
  );
}

/** Reads every setting from `MAIL_PROXY_*`, its `GMP_*` alias, then the stored config; throws ConfigError on a bad value. */
export function readConfig(environment: Source, stored: Source = {}): Config {
  const entries = Object.entries(SETTINGS).map(([key, { name, schema, fallback, ...rest }]) => {
    const from = [environment[`MAIL_PROXY_${name}`], environment[`GMP_${name}`], stored[name]];
    const raw = from.find((value): value is string => typeof value === "string" && value !== "");
    if (raw === undefined) return [key, fallback];
    const parsed = v.safeParse(schema as v.GenericSchema<string, unknown>, raw);
    if (parsed.success) return [key, parsed.output];
    const shown = "secret" in rest ? "********" : JSON.stringify(raw);
    throw new ConfigError(`MAIL_PROXY_${name} is ${shown}, but must be ${parsed.issues[0].message}`);
  });
  return Object.fromEntries(entries) as Config;
}

/** The table of settings for the README, in Markdown. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS as Record<string, Setting<unknown>>).map(({ name, fallback, doc }) => {
    const shown =
      fallback === undefined ? "" : `\`${Array.isArray(fallback) ? fallback.join(",") : String(fallback)}\``;
    return `| \`MAIL_PROXY_${name}\` | ${shown} | ${doc} |`;
  });
  return ["| name | default | |", "|---|---|---|", ...rows].join("\n");
}
