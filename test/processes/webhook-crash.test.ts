/** What a kill costs the webhooks of two processes on one file: no event, and no order; what comes again is the same. LONG=1 kills more often. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { type CountingSink, startSink } from "../support/counting-sink.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";
import { seededRandom } from "./random.ts";
import { type Call, startWebhookEndpoint } from "./webhook-crash-endpoint.ts";

const kills = Number(process.env.CRASH_KILLS ?? (process.env.LONG === "1" ? 30 : 6));
const seed = Number(process.env.CRASH_SEED ?? 1);
/** Of each tenant; there is one for each kill, so that a line that waits for a dead process's lease holds up no other kill. */
const MESSAGES = 40;
/** What was answered so long before a kill is written down, whatever the machine had to do. */
const WRITTEN_MS = 2_000;

async function ok(proxy: ProxyProcess, path: string, body: object): Promise<void> {
  expect(await proxy.call("POST", path, body)).toMatchObject({ status: 200 });
}

async function addTenant(proxy: ProxyProcess, id: string, { port }: CountingSink, url: string): Promise<void> {
  await ok(proxy, "/tenant", { id });
  await ok(proxy, "/account", { id: "default", tenant_id: id, host: "127.0.0.1", port, use_tls: false });
  await ok(proxy, `/webhooks?tenant_id=${id}`, { url, events: ["email.sent"] });
}

async function addMessages(proxy: ProxyProcess, tenant: string): Promise<void> {
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({
    ...{ tenant_id: tenant, id: `${tenant}-${n}`, from: "app@example.com", to: [`m${n}@example.net`] },
    ...{ subject: `About ${n}`, body: "Hello" },
  }));
  await ok(proxy, "/commands/add-messages", { messages });
}

/** Every message is sent, and every event of it delivered. */
async function untilAllTold(db: Database): Promise<void> {
  const left = `
    select 1 from messages where state <> 'sent' union all
    select 1 from webhook_deliveries where state = 'pending' union all
    select 1 from webhook_feed where event < (select max(id) from events where type = 'sent') limit 1`;
  while ((await rows(db, left)).length > 0) await pause(50);
}

interface Run {
  calls: readonly Call[];
  /** When each process was killed, Unix milliseconds. */
  deaths: number[];
  /** By tenant: the events that there were, in their order. */
  events: Map<string, string[]>;
}

/** Kills whoever calls the webhook of a tenant of its own, in the midst of its line. */
async function crashRun(): Promise<Run> {
  const random = seededRandom(seed);
  const sink = await startSink();
  const { url, calls } = await startWebhookEndpoint();
  const folder = temporaryFolder();
  const begin = async () => {
    const settings = { DATABASE_URL: `file:${join(folder, "queue.db")}`, LEASE_SECONDS: "2", POLL_INTERVAL: "0.2" };
    const proxy = startProxy(binaryUnderTest(), folder, settings);
    await proxy.ready;
    return proxy;
  };
  const fleet: [ProxyProcess, ProxyProcess] = [await begin(), await begin()];
  const run: Run = { calls, deaths: [], events: new Map() };
  for (let n = 0; n < kills; n++) {
    const victim = random.below(2) === 0 ? 0 : 1;
    await addTenant(fleet[victim], `t${n}`, sink, url);
    const enough = calls.length + 1 + random.below(MESSAGES / 2);
    await addMessages(fleet[victim], `t${n}`); // whoever takes them is first to call
    while (calls.length < enough) await pause(1);
    await fleet[victim].kill();
    run.deaths.push(Date.now());
    fleet[victim] = await begin();
  }
  const db = await openTestDatabase(folder);
  await untilAllTold(db);
  const sent =
    "select cast(e.id as text) as id, e.tenant_id as tenant from events e where e.type = 'sent' order by e.id";
  for (const { id, tenant } of await rows<{ id: string; tenant: string }>(db, sent))
    run.events.set(tenant, [...(run.events.get(tenant) ?? []), id]);
  return run;
}

/** Each call that an earlier one of its event came before, beside that. */
function repetitions(calls: readonly Call[]): { call: Call; before: Call }[] {
  const last = new Map<string, Call>();
  return calls.flatMap((call) => {
    const before = last.get(call.event);
    last.set(call.event, call);
    return before === undefined ? [] : [{ call, before }];
  });
}

test(`of two processes one is killed ${kills} times among its calls (seed ${seed}): every event comes, in order, again only under its id`, {
  timeout: 90_000 + kills * 5_000,
}, async () => {
  const { calls, deaths, events } = await crashRun();
  const again = repetitions(calls);
  console.log(`seed ${seed}: ${kills * MESSAGES} events, ${again.length} of them told again`);

  expect([...events.values()].map(({ length }) => length)).toEqual(Array.from({ length: kills }, () => MESSAGES));
  for (const [tenant, own] of events) {
    const told = new Set(calls.filter((call) => call.tenant === tenant).map(({ event }) => event));
    expect([...told]).toEqual(own);
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(kills * MESSAGES);
  for (const { call, before } of again)
    expect({ id: call.id, body: call.body }).toEqual({ id: before.id, body: before.body });
  const isExcused = ({ call, before }: { call: Call; before: Call }) =>
    deaths.some((at) => before.at <= at && at <= call.at && at - before.at < WRITTEN_MS);
  expect(again.filter((one) => !isExcused(one))).toEqual([]);
  expect(again.length).toBeGreaterThan(0); // else no kill has come between an answer and its mark
});
