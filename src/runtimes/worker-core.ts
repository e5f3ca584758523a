/**
 * What one invocation of the Worker works with, or the answer that says why there is none.
 *
 * Settings come from the bindings. The Worker never migrates: `mail-proxy migrate` does, from anywhere.
 */
import { createClient } from "@libsql/client/http";
import { getLogger } from "@logtape/logtape";
import type { Core } from "../app.ts";
import { type Config, ConfigError, readConfig, type Source } from "../config.ts";
import { type Database, database } from "../db/database.ts";
import { pendingMigrations } from "../db/migrate.ts";
import { AppError, reason } from "../errors.ts";
import type { DatabaseAddress, Ports } from "../ports.ts";
import { openVault, type Vault } from "../security/vault.ts";
import { checkKey } from "../tenancy/key-check.ts";
import { hostName } from "./hostname.ts";
import { configureLogging } from "./worker-log.ts";

const log = getLogger("mail-proxy");

/** An invocation has six connections at once, and those to the database and to tenants are among them. */
const MOST_SENDS = 4;
/** Of the 30 s that an invocation has once its answer is out, what a stop may take. */
const LONGEST_STOP_SECONDS = 5;
/** Seconds after which a missing setting, migration or database may be there. */
const RETRY_AFTER = 30;

/** Schema and key fit: asked once per isolate, since neither changes under it but for the better. */
let isChecked = false;

/** What the HTTP client can reach. */
const REMOTE = /^(libsql|https?):/;

const ports: Ports = {
  now: Date.now,
  nextTurn: () => new Promise((resolve) => setTimeout(resolve)),
  openDatabase: async ({ url, token }: DatabaseAddress) =>
    createClient(token === undefined ? { url } : { url, authToken: token }),
  resolve: undefined,
  hostName: hostName(""), // a Worker has none
  sandbox: undefined,
};

/** Throws ConfigError or AppError where the Worker cannot serve. Nothing needs closing: over HTTP no connection is held. */
export async function openWorkerCore(bindings: Source): Promise<Core> {
  const config = bounded(readConfig(bindings));
  configureLogging(config.logLevel);
  needed("API_TOKEN", config.apiToken);
  const vault = await openVault(needed("ENCRYPTION_KEY", config.encryptionKey));
  const url = needed("DATABASE_URL", config.databaseUrl);
  if (!REMOTE.test(url))
    throw new ConfigError("MAIL_PROXY_DATABASE_URL must be remote on Workers: libsql:, https: or http:");
  const client = await ports.openDatabase({ url, token: config.databaseToken, synchronous: config.synchronous });
  const db = database(client);
  if (!isChecked) await check(db, vault);
  isChecked = true;
  return { config, ports, db, vault, close: async () => client.close() };
}

function bounded(config: Config): Config {
  return {
    ...config,
    maxConcurrentSends: Math.min(config.maxConcurrentSends, MOST_SENDS),
    shutdownSeconds: Math.min(config.shutdownSeconds, LONGEST_STOP_SECONDS),
  };
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new ConfigError(`MAIL_PROXY_${name} is missing`);
  return value;
}

async function check(db: Database, vault: Vault): Promise<void> {
  try {
    const [behind] = await pendingMigrations(db);
    if (behind !== undefined)
      throw new AppError("database_unavailable", `the database lacks ${behind}: run mail-proxy migrate`);
    await checkKey(db, vault, ports.now());
  } catch (error) {
    if (error instanceof AppError || error instanceof ConfigError) throw error;
    throw new AppError("database_unavailable", "the database does not answer", { cause: error });
  }
}

/** 503 with the reason, in the shape of the API's failures; what is no such reason is thrown on. */
export function unavailable(thrown: unknown): Response {
  if (!(thrown instanceof AppError || thrown instanceof ConfigError)) throw thrown;
  const requestId = crypto.randomUUID();
  const code = thrown instanceof AppError ? thrown.code : "misconfigured";
  log.error("cannot serve: {reason} (request {requestId})", { reason: reason(thrown.cause ?? thrown), requestId });
  return Response.json(
    { ok: false, error: thrown.message, code, details: [], request_id: requestId },
    { status: 503, headers: { "Retry-After": String(RETRY_AFTER), "X-Request-Id": requestId } },
  );
}
