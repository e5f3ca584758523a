/** The real application as the benchmarks run it: its settings, calls to it without a socket, a tenant with an account. */
import { createApp } from "../src/app.ts";
import { openHere } from "../src/cli/core.ts";
import { configureLogging } from "../src/cli/logging.ts";
import type { CompleteConfig } from "../src/cli/settings.ts";
import { VERSION } from "../src/cli/version.ts";
import { readConfig } from "../src/config.ts";
import type { Core } from "../src/core.ts";
import { openForService } from "../src/runtimes/database.ts";

export const API_TOKEN = "admin-token-of-the-benchmarks";
const ENCRYPTION_KEY = "11".repeat(32);

/** Every setting can be tried by its MAIL_PROXY_* name; what makes the benchmark stays. */
export function benchConfig(database: string, settings: Record<string, string> = {}): CompleteConfig {
  const databaseUrl = `file:${database}`;
  const config = readConfig({ MAIL_PROXY_LOG_LEVEL: "warning", ...process.env, ...settings });
  return { ...config, databaseUrl, apiToken: API_TOKEN, encryptionKey: ENCRYPTION_KEY, port: 0 };
}

/** The database and all that belongs to it, opened as the service opens them. */
export function openServed(config: CompleteConfig): Promise<Core> {
  return openHere(config, { openDatabase: openForService, sandbox: undefined });
}

export async function openProxy(config: CompleteConfig) {
  configureLogging(config);
  const core = await openServed(config);
  const app = await createApp(core, { version: VERSION, commit: null, inbox: undefined });
  /** For an application that is not started, or is stopped. */
  const close = async () => {
    await app.settled();
    await core.close();
  };
  return { app, call: callerOf(app), close };
}

/** Calls the API without a socket, as admin; throws on any answer but 2xx. */
export function callerOf(app: { fetch(request: Request): Response | Promise<Response> }) {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { "X-API-Token": API_TOKEN, "Content-Type": "application/json" };
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await app.fetch(new Request(`http://proxy.example${path}`, request));
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
}

export type Call = ReturnType<typeof callerOf>;

export interface Surroundings {
  /** Of the SMTP server on this machine. */
  smtpPort: number;
  /** Of the tenant's report endpoint on this machine; undefined: the tenant wants no reports. */
  reportPort: number | undefined;
}

/** Tenant `bench` with one account; answers the tenant's key. */
export async function addTenant(call: Call, { smtpPort, reportPort }: Surroundings): Promise<string> {
  const url = reportPort === undefined ? {} : { client_base_url: `http://127.0.0.1:${reportPort}` };
  await call("POST", "/tenant", { id: "bench", ...url });
  const server = { host: "127.0.0.1", port: smtpPort, tls: "none" };
  await call("POST", "/account", { id: "default", tenant_id: "bench", ...server });
  const { api_key } = await call<{ api_key: string }>("POST", "/tenant/bench/api-key", {});
  return api_key;
}
