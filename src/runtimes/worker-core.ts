/**
 * What one invocation of the Worker works with, or the answer that says why there is none.
 *
 * Settings come from the bindings. The Worker never migrates: `mail-proxy migrate` does, from anywhere.
 */
import { getLogger } from "@logtape/logtape";
import {
  type Config,
  ConfigError,
  readConfig,
  SETTINGS,
  type SettingKey,
  type Source,
  unknownSettings,
} from "../config.ts";
import type { Core } from "../core.ts";
import { type Database, database } from "../db/database.ts";
import { APPLIED_MIGRATIONS, pendingMigrations } from "../db/migrate.ts";
import { AppError, reason } from "../errors.ts";
import type { DatabaseAddress, Ports } from "../ports.ts";
import { openVault, type Vault } from "../security/vault.ts";
import { DirectoryMemory } from "../tenancy/directory.ts";
import { checkKey, KEY_PROBE, openKeyProbe } from "../tenancy/key-check.ts";
import { WorkerCache } from "./cache-worker.ts";
import { hostName } from "./hostname.ts";
import { RemoteClient } from "./remote-client.ts";
import { bucketsOf } from "./worker-bucket.ts";
import { configureLogging } from "./worker-log.ts";
import { Subrequests } from "./worker-requests.ts";
import { settingsFault, workerRestrictions } from "./worker-restrictions.ts";

const log = getLogger("mail-proxy");

/** An invocation has six connections at once, and those to the database and to tenants are among them. */
const MOST_SENDS = 4;
/** Of the 128 MB that an isolate has for all its invocations. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of the same memory, what one invocation has of attachments that it brings together: four times as much at worst (budget.ts). */
const MOST_BYTES_OF_FILES = 8 * 1024 * 1024;
/** Of the time that a drain has (worker-drain.ts), what one attachment may take: else each drain would begin with it anew. */
const LONGEST_FETCH_SECONDS = 8;
/** Of the same memory, what one invocation remembers of attachments. */
const MOST_CACHED_MB = 8;
/** Of the 30 s that an invocation has once its answer is out, what a stop may take. */
const LONGEST_STOP_SECONDS = 5;
/** Seconds after which a missing setting, migration or database may be there. */
const RETRY_AFTER = 30;

/** What an isolate remembers from one invocation to the next: plain values, since nothing else may cross. */
interface Isolate {
  bindings: Source;
  config: Config;
  vault: Vault;
  url: string;
  /** There is one once schema and key are known to fit, which is asked once: neither changes under it but for the better. */
  memory: DirectoryMemory | undefined;
}

let isolate: Isolate | undefined;

/** The core of one invocation, and what the isolate remembers. */
export interface WorkerCore extends Core {
  memory: DirectoryMemory;
}

/** remote-failure.ts: what a server says to a token that is wrong, missing, or of another database. */
const REFUSED_TOKEN = /^HTTP_40[13]$/;

/** What the HTTP client can reach. */
const REMOTE = /^(libsql|https?|wss?):/;

function portsOf(bindings: Source, requests: Subrequests, config: Config): Ports {
  return {
    now: Date.now,
    nextTurn: () => new Promise((resolve) => setTimeout(resolve)),
    openDatabase: async ({ url, token }: DatabaseAddress) => new RemoteClient({ url, token, fetch: requests.fetch }),
    resolve: undefined,
    http: requests.http,
    hostName: hostName(""), // a Worker has none
    sandbox: undefined,
    restrictions: workerRestrictions,
    requests,
    contentStorage: new WorkerCache(config.cacheDiskTtl, requests),
    bucket: bucketsOf(bindings, requests),
  };
}

/** Throws ConfigError or AppError where the Worker cannot serve. Nothing needs closing: over HTTP no connection is held. */
export async function openWorkerCore(bindings: Source): Promise<WorkerCore> {
  if (isolate === undefined || !isSame(isolate.bindings, bindings)) isolate = await read(bindings);
  const known = isolate;
  const { config, vault, url } = known;
  const ports = portsOf(bindings, new Subrequests(config.tickSubrequests), config);
  const client = await ports.openDatabase({ url, token: config.databaseToken, synchronous: config.synchronous });
  const db = database(client);
  if (known.memory === undefined) await check(db, vault, ports.now());
  known.memory ??= new DirectoryMemory();
  return { config, ports, db, vault, memory: known.memory, close: async () => client.close() };
}

/** Everything that the bindings say. */
async function read(bindings: Source): Promise<Isolate> {
  const config = bounded(readConfig(bindings));
  configureLogging(config.logLevel);
  const unknown = unknownSettings(bindings);
  if (unknown.length > 0) log.warning("no such setting: {unknown}", { unknown: unknown.join(", ") });
  const fault = settingsFault(config);
  if (fault !== undefined) throw new ConfigError(fault);
  const { apiToken, encryptionKey, databaseUrl: url } = config;
  if (apiToken === undefined || encryptionKey === undefined || url === undefined)
    throw missing({ apiToken, encryptionKey, databaseUrl: url });
  const vault = await openVault(encryptionKey);
  if (!REMOTE.test(url))
    throw new ConfigError("MAIL_PROXY_DATABASE_URL must be remote on Workers: libsql:, https: or http:");
  return { bindings, config, vault, url, memory: undefined };
}

function isSame(one: Source, other: Source): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function bounded(config: Config): Config {
  return {
    ...config,
    maxConcurrentSends: Math.min(config.maxConcurrentSends, MOST_SENDS),
    maxBytesInFlight: Math.min(config.maxBytesInFlight, MOST_BYTES),
    maxBytesAttachments: Math.min(config.maxBytesAttachments, MOST_BYTES_OF_FILES),
    attachmentTimeout: Math.min(config.attachmentTimeout, LONGEST_FETCH_SECONDS),
    cacheMemoryMaxMb: Math.min(config.cacheMemoryMaxMb, MOST_CACHED_MB),
    shutdownSeconds: Math.min(config.shutdownSeconds, LONGEST_STOP_SECONDS),
  };
}

/** All of them at once, so that nobody deploys once for each. */
function missing(needed: Partial<Config>): ConfigError {
  const absent = Object.entries(SETTINGS).filter(([key]) => key in needed && needed[key as SettingKey] === undefined);
  const names = absent.map(([, { name }]) => `MAIL_PROXY_${name}`);
  return new ConfigError(`${names.join(", ")} ${names.length > 1 ? "are" : "is"} missing`);
}

/** One round trip, unless nobody has used this database yet. */
async function check(db: Database, vault: Vault, now: number): Promise<void> {
  try {
    const [applied, probe] = await db.client.batch([APPLIED_MIGRATIONS, KEY_PROBE], "read").catch(missingTables);
    const behind = pendingMigrations(applied?.rows ?? []);
    if (behind.length > 0)
      throw new AppError("database_unavailable", `the database lacks ${behind.join(", ")}: run mail-proxy migrate`);
    if (probe?.rows[0] === undefined) await checkKey(db, vault, now);
    else await openKeyProbe(vault, probe.rows[0]);
  } catch (error) {
    if (error instanceof AppError || error instanceof ConfigError) throw error;
    if (error instanceof Error && "code" in error && REFUSED_TOKEN.test(String(error.code)))
      throw new ConfigError("MAIL_PROXY_DATABASE_TOKEN is refused by the database", { cause: error });
    throw new AppError("database_unavailable", "the database does not answer", { cause: error });
  }
}

/** A database that has never been migrated. */
function missingTables(error: unknown): [] {
  if (reason(error).includes("no such table")) return [];
  throw error;
}

/** 503 with the reason, in the shape of the API's failures; what is no such reason is thrown on. */
export function unavailable(thrown: unknown): Response {
  if (!(thrown instanceof AppError || thrown instanceof ConfigError)) throw thrown;
  const requestId = crypto.randomUUID();
  const code = thrown instanceof AppError ? thrown.code : "misconfigured";
  const why = { reason: reason(thrown.cause ?? thrown), request_id: requestId };
  log.error("cannot serve: {reason} (request {request_id})", why);
  return Response.json(
    { ok: false, error: thrown.message, code, details: [], request_id: requestId },
    { status: 503, headers: { "Retry-After": String(RETRY_AFTER), "X-Request-Id": requestId } },
  );
}
