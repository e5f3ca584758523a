/** A fleet of both kinds: a Worker in workerd and compiled binaries, on one libSQL server and with one encryption key. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type DevWorker, startDevWorker } from "../runtimes/dev-worker.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import type { CountingSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { openSqld } from "../support/sqld.ts";
import { TENANT } from "./clients.ts";

/** Small, so that what a death leaves behind is soon free. */
export const LEASE_SECONDS = 3;
/** Under which name each kind says EHLO; a Worker has no host name, so it gives its address (RFC 5321 4.1.3). */
export const WORKER = "[127.0.0.1]";
export const BINARY = "binary.test";
/** Cloudflare's cron comes every minute; here, as soon as the last one has ended. */
const BETWEEN_CRONS_MS = 20;

/** What all members must agree on. */
const COMMON = { ENCRYPTION_KEY: "55".repeat(32), LEASE_SECONDS: String(LEASE_SECONDS) };
/** As on a paid plan. */
const WORKER_BUDGET = { TICK_SUBREQUESTS: "10000", LOG_LEVEL: "warning", LOG_DELIVERY_ACTIVITY: "false" };

export interface Fleet {
  databaseUrl: string;
  worker: DevWorker;
  /** One more binary, which ends with the test. */
  startBinary(settings?: Record<string, string>): ProxyProcess;
  /** As if minutes went by, until it is so. */
  cronUntil(isSo: () => boolean): Promise<void>;
}

/** One Worker for the tests of a block; a test gets it, or the reason why there is none on this machine. */
export function fleetWith(settings: Record<string, string> = {}): () => Fleet | { unavailable: string } {
  let fleet: Fleet | { unavailable: string } = { unavailable: "the fleet is started before the tests, not earlier" };
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "mail-proxy-fleet-"));
    ends.unshift(() => rmSync(folder, { recursive: true, force: true }));
    const server = await openSqld(join(folder, "sqld"));
    if ("unavailable" in server) {
      fleet = server;
      return;
    }
    ends.unshift(server.kill);
    await migrate(folder, server.url);
    const worker = await startDevWorker({
      databaseUrl: server.url,
      settings: { ...COMMON, ...WORKER_BUDGET, ...settings },
    });
    if (!("unavailable" in worker)) ends.unshift(worker.interrupt);
    fleet = "unavailable" in worker ? worker : fleetOf(server.url, worker);
  }, 300_000);
  afterAll(async () => {
    for (const end of ends) await end();
  });
  return () => fleet;
}

function fleetOf(databaseUrl: string, worker: DevWorker): Fleet {
  return {
    databaseUrl,
    worker,
    startBinary(settings = {}) {
      const own = { DATABASE_URL: databaseUrl, EHLO_NAME: BINARY, POLL_INTERVAL: "0.1" };
      const started = startProxy(binaryUnderTest(), temporaryFolder(), { ...COMMON, ...own, ...settings });
      // The next test finds a database as this one did.
      onTestFinished(async () => void (await started.call("DELETE", `/tenant/${TENANT}?force=true`)));
      return started;
    },
    async cronUntil(isSo) {
      for (; !isSo(); await pause(BETWEEN_CRONS_MS)) await worker.cron();
    },
  };
}

/** The command that operators use before anything else. */
export async function migrate(home: string, databaseUrl: string): Promise<void> {
  const env = { PATH: process.env.PATH ?? "", MAIL_PROXY_HOME: home, MAIL_PROXY_DATABASE_URL: databaseUrl };
  await promisify(execFile)(binaryUnderTest(), ["migrate"], { cwd: home, env });
}

/** How many messages each kind has brought. */
export function shares(sink: CountingSink): { worker: number; binary: number } {
  const of = (name: string) => sink.taken.filter(({ client }) => client === name).length;
  return { worker: of(WORKER), binary: of(BINARY) };
}
