/** The Worker's own handlers in this process, as the platform calls them, over a real libSQL server that a proxy watches. */
import { expect } from "vitest";
import { database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import worker from "../../src/runtimes/worker.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { startSqld } from "../support/sqld.ts";

const TOKEN = "token-of-the-test";

/** One request to the database: its statements. */
export type RoundTrip = string[];

export interface Invocations {
  proxy: FaultProxy;
  /** What went to the database since this was last asked. */
  roundTrips(): RoundTrip[];
  /** One request; what it leaves behind is awaited by `settled`. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  cron(): Promise<void>;
  /** All that was begun behind answers has ended. */
  settled(): Promise<void>;
}

/** Settings by their names without `MAIL_PROXY_`. */
export async function startInvocations(
  settings: Record<string, string> = {},
): Promise<Invocations | { unavailable: string }> {
  const sqld = await startSqld();
  if ("unavailable" in sqld) return sqld;
  const client = new RemoteClient({ url: sqld.url, token: undefined });
  await migrate(database(client), Date.now());
  client.close();
  const proxy = await startFaultProxy(sqld.url);
  const seen: RoundTrip[] = [];
  proxy.always = (body) => {
    seen.push(statementsOf(body));
    return "pass";
  };
  const basics = { API_TOKEN: TOKEN, ENCRYPTION_KEY: "44".repeat(32), DATABASE_URL: proxy.url, LOG_LEVEL: "error" };
  const named = { ...basics, ...settings };
  const bindings = Object.fromEntries(Object.entries(named).map(([name, value]) => [`MAIL_PROXY_${name}`, value]));
  const work: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  return {
    proxy,
    roundTrips: () => seen.splice(0),
    async call(method, path, body) {
      const headers = { "X-API-Token": TOKEN, "Content-Type": "application/json" };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await worker.fetch(new Request(`http://worker.test${path}`, init), bindings, context);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    cron: () => worker.scheduled(undefined, bindings),
    async settled() {
      while (work.length > 0) await Promise.all(work.splice(0));
    },
  };
}

/** A statement itself, or the number under which its text was stored in the same request. */
type Statement = { sql: string } | { sql_id: number };

interface Pipeline {
  requests: {
    type: string;
    sql?: string;
    sql_id?: number;
    stmt?: Statement;
    batch?: { steps: { stmt: Statement }[] };
  }[];
}

/** Hrana over HTTP: what one request asks, less what begins and ends its transaction. */
function statementsOf(body: string): RoundTrip {
  if (body === "") return [];
  const { requests } = JSON.parse(body) as Pipeline;
  const stored = new Map(requests.map(({ sql, sql_id }) => [sql_id, sql]));
  const asked = requests.flatMap(({ stmt, batch }) => (batch?.steps.map((step) => step.stmt) ?? []).concat(stmt ?? []));
  const texts = asked.map((statement) => ("sql" in statement ? statement.sql : stored.get(statement.sql_id)) ?? "");
  return texts.map((sql) => sql.trim().replace(/\s+/g, " ")).filter((sql) => !/^(begin|commit|rollback)\b/i.test(sql));
}

/** A tenant with an account `default` at each of these ports: `default`, `default-1`, ... */
export async function addTenant(on: Invocations, id: string, ports: number[], reportsTo?: string): Promise<void> {
  const base = reportsTo === undefined ? {} : { client_base_url: reportsTo };
  expect(await on.call("POST", "/tenant", { id, ...base })).toMatchObject({ status: 200 });
  for (const [n, port] of ports.entries()) {
    const account = {
      id: n === 0 ? "default" : `default-${n}`,
      tenant_id: id,
      host: "127.0.0.1",
      port,
      use_tls: false,
    };
    expect(await on.call("POST", "/account", account)).toMatchObject({ status: 200 });
  }
  await on.settled();
}

export function message(id: string, over: object = {}) {
  return { id, from: "app@example.com", to: ["a@example.net"], subject: id, body: "Hello", ...over };
}

/** On the database itself, past the Worker. */
export async function execute<Row = Record<string, unknown>>(
  { proxy }: Invocations,
  sql: string,
  args: (string | number)[] = [],
): Promise<Row[]> {
  const client = new RemoteClient({ url: proxy.url, token: undefined });
  const found = await rows<Row>(database(client), sql, args);
  client.close();
  return found;
}
