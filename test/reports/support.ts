/** What the report tests share: a tenant's endpoint on a real socket, rows in a real database, a reporter on both. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { batch, type Database, rows } from "../../src/db/database.ts";
import type { StoredAuth } from "../../src/db/schema.ts";
import { Reporter, type ReporterOptions } from "../../src/reports/loop.ts";
import type { Report } from "../../src/reports/report.ts";
import type { ReporterEvent } from "../../src/reports/sync.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { openVault } from "../../src/security/vault.ts";

export const vault = await openVault("11".repeat(32));

export interface ReceivedCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  reports: Report[];
}

/** An answer; null where the behaviour deals with the raw response itself, or leaves the call hanging. */
export type Reaction = { status?: number; headers?: Record<string, string>; body?: unknown } | null;

/** What the endpoint does with the n-th call (from 1). */
export type Behaviour = (
  call: ReceivedCall,
  n: number,
  response: Parameters<RequestListener>[1],
) => Reaction | Promise<Reaction>;

export interface TestEndpoint {
  url: string;
  calls: ReceivedCall[];
  /** Waits until so many calls have come in. */
  called(times: number): Promise<ReceivedCall[]>;
  eventIds(): string[];
}

/** A tenant's application: answers 200 and `{"ok": true}` unless told otherwise. */
export async function endpoint(behave: Behaviour = () => ({})): Promise<TestEndpoint> {
  const calls: ReceivedCall[] = [];
  const waiting: { times: number; resolve: () => void }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const call = { path: request.url!, headers: request.headers, body, reports: JSON.parse(body).delivery_report };
    calls.push(call);
    for (const { times, resolve } of waiting) if (calls.length >= times) resolve();
    const answer = await behave(call, calls.length, response);
    if (answer === null) return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? { ok: true }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    called: async (times) => {
      if (calls.length < times) await new Promise<void>((resolve) => waiting.push({ times, resolve }));
      return calls;
    },
    eventIds: () => calls.flatMap(({ reports }) => reports.map(({ event_id }) => event_id)),
  };
}

export interface TenantFixture {
  url?: string | null;
  path?: string;
  auth?: StoredAuth;
  webhookSecret?: string;
}

/** A tenant with an account of its own. */
export async function addTenant(db: Database, id: string, { url = null, path, auth, webhookSecret }: TenantFixture) {
  await batch(db, [
    {
      sql: `insert into tenants (id, client_base_url, client_sync_path, client_auth, webhook_secret, created_at, updated_at)
            values (?, ?, ?, ?, ?, 0, 0)`,
      args: [id, url, path ?? null, auth === undefined ? null : JSON.stringify(auth), webhookSecret ?? null],
    },
    {
      sql: "insert into accounts (tenant_id, id, host, port, tls, created_at, updated_at) values (?, 'main', 'h', 25, 'none', 0, 0)",
      args: [id],
    },
  ]);
}

/** Finished messages `<prefix>0`, `<prefix>1`... of a tenant, each with one unreported event; answers the event ids as told. */
export async function addEvents(
  db: Database,
  tenant: string,
  count: number,
  {
    at = 1_000,
    prefix = "m",
    type = "sent",
    data = {},
  }: { at?: number; prefix?: string; type?: string; data?: object } = {},
): Promise<string[]> {
  const ids = JSON.stringify(Array.from({ length: count }, (_, n) => `${prefix}${n}`));
  const [, added] = await batch(db, [
    {
      sql: `insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, size, created_at, finished_at)
            select :tenant || '-pk-' || value, :tenant, value, (select key from accounts where tenant_id = :tenant), 2, 'sent',
              :at, :at, 1, :at, :at
            from json_each(:ids)`,
      args: { tenant, ids, at },
    },
    {
      sql: `insert into events (tenant_id, message, type, at, data, report_at)
            select :tenant, m.seq, :type, :at, :data, :at from json_each(:ids) j
            join messages m on m.tenant_id = :tenant and m.id = j.value returning id`,
      args: { tenant, ids, at, type, data: JSON.stringify(data) },
    },
  ]);
  return added!.rows.map(({ id }) => String(id));
}

export interface TestReporter extends Reporter {
  seen: ReporterEvent[];
  /** Waits for the first event, past or future, that fits. */
  saw(fits: (event: ReporterEvent) => boolean): Promise<ReporterEvent>;
}

/** A reporter that is stopped when the test ends, and remembers what it told its log. */
export function reporter(db: Database, options: Partial<ReporterOptions> = {}): TestReporter {
  const seen: ReporterEvent[] = [];
  const waiting: { fits: (event: ReporterEvent) => boolean; resolve: (event: ReporterEvent) => void }[] = [];
  const one = new Reporter({
    db,
    vault,
    now: Date.now,
    random: () => 0,
    http: createHttpClient(),
    syncIntervalMs: 300_000,
    pollIntervalMs: 5_000,
    manual: false,
    onEvent: (event) => {
      seen.push(event);
      for (const { fits, resolve } of waiting) if (fits(event)) resolve(event);
    },
    ...options,
  });
  onTestFinished(() => one.stop(0));
  const saw = async (fits: (event: ReporterEvent) => boolean) =>
    seen.find(fits) ?? (await new Promise<ReporterEvent>((resolve) => waiting.push({ fits, resolve })));
  return Object.assign(one, { seen, saw });
}

/** Runs one bounded pass, at a moment of the test's choosing. */
export function tickAt(db: Database, now: number, options: Partial<ReporterOptions> = {}): Promise<number> {
  return reporter(db, { now: () => now, ...options }).tick({ tenants: 100, until: Number.POSITIVE_INFINITY });
}

export async function syncRow(db: Database, tenant: string) {
  const [row] = await rows(db, "select * from syncs where tenant_id = ?", [tenant]);
  return row!;
}

export async function unreported(db: Database): Promise<number> {
  const [row] = await rows<{ n: number }>(db, "select count(*) as n from events where report_at is not null");
  return row!.n;
}
