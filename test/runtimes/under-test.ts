/** The proxy under test: one for all promises of a target, on one database, killed and started again where that is promised. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { checkAnswer } from "../api/declared.ts";
import type { Answered } from "../support/binary.ts";
import { freePort } from "../support/free-port.ts";
import { openSqld, type Sqld } from "../support/sqld.ts";
import type { Launch, Running, Target, Unavailable } from "./targets/target.ts";

export const ADMIN_TOKEN = "admin-token-of-the-tests";
export const ENCRYPTION_KEY = "22".repeat(32);
/** What links in mails begin with. */
export const PUBLIC_URL = "https://proxy.example";
/** Small, so that too much is soon sent. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Longer than a receipt takes that a test posts at once. */
export const PEC_TIMEOUT_SECONDS = 4;

const LOOK_MS = 10;
/** Far more than anything here takes, and less than a test may. */
const PATIENCE_MS = 30_000;
/** As long as a minute is where the cron wakes every minute. */
const TICK_MS = 250;

export class ProxyUnderTest {
  readonly #target: Target;
  readonly #settings: Record<string, string>;
  readonly #ends: (() => unknown)[] = [];
  #database: Sqld | undefined;
  #launch: (() => Promise<Running>) | undefined;
  #running: Running | undefined;
  #smtpPort: number | undefined;

  /** Settings over those that all proxies under test have; by their names without `MAIL_PROXY_`. */
  constructor(target: Target, settings: Record<string, string> = {}) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Starts the database and the proxy; or says why this machine cannot. */
  async open(): Promise<Unavailable | undefined> {
    const atEnd = (end: () => unknown) => this.#ends.unshift(end);
    const launch = await this.#target.prepare(atEnd);
    if ("unavailable" in launch) return launch;
    const folder = mkdtempSync(join(tmpdir(), "mail-proxy-conformance-"));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    if (this.#target.database === "sqld") {
      const server = await openSqld(join(folder, "sqld"));
      if ("unavailable" in server) return server;
      atEnd(server.kill);
      this.#database = server;
    }
    const databaseUrl = this.#database?.url ?? `file:${join(folder, "queue.db")}`;
    this.#smtpPort = await freePort();
    this.#launch = starting(launch, folder, {
      DATABASE_URL: databaseUrl,
      SMTP_PORT: String(this.#smtpPort),
      ...this.#settings,
    });
    await this.start();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#running?.kill();
    for (const end of this.#ends) await end();
  }

  get url(): string {
    return this.running.url;
  }

  get running(): Running {
    if (this.#running === undefined) throw new Error("no proxy runs");
    return this.#running;
  }

  /** Where it takes mail by SMTP. */
  get smtpPort(): number {
    if (this.#smtpPort === undefined) throw new Error("no proxy runs");
    return this.#smtpPort;
  }

  /** The libSQL server behind it. */
  get database(): Sqld {
    if (this.#database === undefined) throw new Error("the database is no server here");
    return this.#database;
  }

  /** On the same database, after a stop or a kill. */
  async start(): Promise<void> {
    this.#running = await this.#launch?.();
  }

  /** A call with the admin token, or another one; null for none. */
  call(method: string, path: string, body?: unknown, token: string | null = ADMIN_TOKEN): Promise<Answered> {
    return this.send(path, {
      method,
      headers: { "Content-Type": "application/json", ...(token === null ? {} : { "X-API-Token": token }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** A request as it stands. */
  async send(path: string, request: RequestInit): Promise<Answered> {
    const response = await fetch(this.url + path, request);
    const { status, headers } = response;
    const text = await response.text();
    checkAnswer(request.method ?? "GET", path, response, text);
    return { status, headers, body: JSON.parse(text) as Answered["body"] };
  }

  /** What is no JSON, with the admin token. */
  async text(path: string): Promise<string> {
    return (await fetch(this.url + path, { headers: { "X-API-Token": ADMIN_TOKEN } })).text();
  }

  /** Waits for it, while time does its work. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const begun = Date.now();
    for (let tickedAt = begun; !(await isSo()); await pause(LOOK_MS)) {
      if (Date.now() - begun > PATIENCE_MS) throw new Error(`this did not come about in ${PATIENCE_MS} ms: ${isSo}`);
      if (Date.now() - tickedAt < TICK_MS) continue;
      await this.running.tick();
      tickedAt = Date.now();
    }
  }
}

function starting(launch: Launch, folder: string, given: Record<string, string>): () => Promise<Running> {
  const settings = {
    API_TOKEN: ADMIN_TOKEN,
    ENCRYPTION_KEY,
    PUBLIC_URL,
    MAX_BODY_BYTES: String(MAX_BODY_BYTES),
    LEASE_SECONDS: "3", // what a crash leaves behind is soon free
    POLL_INTERVAL: "1",
    PEC_TIMEOUT: String(PEC_TIMEOUT_SECONDS),
    ATTACHMENT_ALLOW: "127.0.0.0/8",
    ...given,
  };
  return () => launch(folder, settings);
}
