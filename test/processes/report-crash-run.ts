/**
 * One run of the report crash harness.
 *
 * 1. A tenant of its own for each kill, with messages that end as events to be told.
 * 2. The proxy is killed (SIGKILL) where the kill's stage says, and started again at once on the same database.
 * 3. After the last kill everything is waited for: no event is left that waits to be told.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Database, rows } from "../../src/db/database.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { type CountingSink, startSink } from "../support/counting-sink.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";
import { type Random, seededRandom } from "./random.ts";
import { CrashEndpoint, type Depth, type Told } from "./report-crash-endpoint.ts";

/** Where a kill finds the report call. */
export const STAGES = ["before the call", "half read", "not answered", "not marked", "during the mark"] as const;
export type Stage = (typeof STAGES)[number];

const DEPTHS: Record<Exclude<Stage, "before the call">, Depth> = {
  "half read": "begun",
  "not answered": "read",
  "not marked": "read",
  "during the mark": "nowhere",
};

export const MESSAGES = 20;
/** A request of several reads. */
const METADATA = { note: "x".repeat(8_000) };
/** A mark takes a few milliseconds: a kill within these finds it not begun, under way, or done. */
const MARK_MS = 8;

export interface Kill {
  tenant: string;
  stage: Stage;
  at: number;
}

export interface ReportCrashRun {
  kills: Kill[];
  told: Told[];
  /** By tenant: what signs its reports. */
  secrets: Map<string, string>;
  /** Every event that is marked as told. */
  events: { id: string; type: string }[];
}

export async function reportCrashRun(binary: string, kills: number, seed: number): Promise<ReportCrashRun> {
  const random = seededRandom(seed);
  const folder = temporaryFolder();
  const sink = await startSink();
  const endpoint = new CrashEndpoint();
  const url = await endpoint.listen();
  const run: ReportCrashRun = { kills: [], told: endpoint.told, secrets: new Map(), events: [] };

  const begin = async (): Promise<ProxyProcess> => {
    await endpoint.nextLife();
    const proxy = startProxy(binary, folder, {
      DATABASE_URL: `file:${join(folder, "queue.db")}`,
      LEASE_SECONDS: "2",
      LOG_LEVEL: "warning",
    });
    await proxy.ready;
    return proxy;
  };
  let proxy = await begin();
  const db = await openTestDatabase(folder);
  for (let n = 0; n < kills; n++) {
    const stage = STAGES[n % STAGES.length]!;
    const tenant = `t${n}`;
    run.secrets.set(tenant, await addTenant(proxy, tenant, `${url}/${tenant}`, sink));
    await killedAt(stage, { proxy, tenant, endpoint, db, random });
    run.kills.push({ tenant, stage, at: Date.now() });
    proxy = await begin();
  }
  await untilAllTold(db);
  run.events = await rows(db, "select cast(id as text) as id, type from events where reported_at is not null");
  await proxy.stop();
  return run;
}

interface Scene {
  proxy: ProxyProcess;
  tenant: string;
  endpoint: CrashEndpoint;
  db: Database;
  random: Random;
}

/** Brings the proxy to the stage, kills it there, and lets go of what held it. */
async function killedAt(stage: Stage, { proxy, tenant, endpoint, db, random }: Scene): Promise<void> {
  if (stage === "before the call") {
    await addMessages(proxy, tenant);
    await untilWritten(db, tenant);
    return proxy.kill();
  }
  const { caught, release, answered } = endpoint.snare(tenant, DEPTHS[stage]);
  await addMessages(proxy, tenant);
  switch (stage) {
    case "half read":
    case "not answered":
      await caught;
      return proxy.kill().finally(release);
    case "not marked":
      await caught;
      // Nobody else can write as long as this lock stands: the process has the answer, and cannot mark it.
      await db.client.execute("begin immediate");
      release();
      await answered;
      await proxy.kill();
      await db.client.execute("rollback");
      return;
    case "during the mark":
      await answered;
      await pause(random.below(MARK_MS));
      return proxy.kill();
  }
}

/** Answers its webhook secret. */
async function addTenant(proxy: ProxyProcess, id: string, url: string, { port }: CountingSink): Promise<string> {
  await ok(proxy, "POST", "/tenant", { id, client_base_url: url });
  await ok(proxy, "POST", "/account", { id: "default", tenant_id: id, host: "127.0.0.1", port, use_tls: false });
  const { webhook_secret } = await ok(proxy, "POST", `/tenant/${id}/webhook-secret`, {});
  return String(webhook_secret);
}

async function addMessages(proxy: ProxyProcess, tenant: string): Promise<void> {
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({
    ...{ tenant_id: tenant, id: `${tenant}-m${n}`, metadata: METADATA },
    ...{ from: "app@example.com", to: [`m${n}@example.net`], subject: `About ${n}`, body: "Hello" },
  }));
  await ok(proxy, "POST", "/commands/add-messages", { messages });
}

async function ok(proxy: ProxyProcess, method: string, path: string, body: object) {
  const answered = await proxy.call(method, path, body);
  if (answered.status !== 200) throw new Error(`${answered.status}: ${JSON.stringify(answered.body)}`);
  return answered.body;
}

async function untilWritten(db: Database, tenant: string): Promise<void> {
  const waiting = "select 1 from events where tenant_id = ? and report_at is not null limit 1";
  while ((await rows(db, waiting, [tenant])).length === 0) await pause(1);
}

async function untilAllTold(db: Database): Promise<void> {
  const left = `
    select 1 from events where report_at is not null union all
    select 1 from messages where state not in ('sent', 'error', 'canceled') limit 1`;
  while ((await rows(db, left)).length > 0) await pause(50);
}
