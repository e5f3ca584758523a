/**
 * Claims the turn to call a tenant's endpoint, for one process among all, together with the events to tell.
 *
 * One write batch: the lease with a fresh fencing token, the choice of events (or the batch that a call before left
 * unfinished, as it was), and all that the call needs. A lease that another process holds, or a tenant that is not due,
 * leaves everything as it is.
 */
import type { InStatement, ResultSet } from "@libsql/client";
import { batch, type Database } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import type { StoredAuth } from "../db/schema.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";
import { CALLABLE } from "./agenda.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EventRow } from "./report.ts";

/** Most events in one call. */
export const BATCH_SIZE = 500;
/** Short, since it is also what a tenant waits after a crash; a call that takes its time extends it (`extendLease`). */
const LEASE_MS = 10_000;

const UNREPORTED = "from events e where e.tenant_id = :tenant and e.report_at <= :now";

/** `requested` is taken up here and not at the end of the call, so that a request made during the call is not lost. */
const TAKE = `
  insert into syncs (tenant_id, token, lease_until)
  select t.id, :token, :leaseUntil from tenants t where t.id = :tenant and ${CALLABLE}
  on conflict (tenant_id) do update set token = excluded.token, lease_until = excluded.lease_until, requested = 0
  where ifnull(syncs.lease_until, 0) <= :now and (
    syncs.requested or (syncs.retry_at <= :now and (syncs.idle_due_at <= :now or exists (select 1 ${UNREPORTED}))))`;

// The id is made where the batch is: a claim that comes late, after its repetition was told, begins another one.
const CHOOSE = `
  update syncs set batch_id = 'msg_' || lower(hex(randomblob(16))),
    batch_events = (select json_group_array(id) from (select e.id ${UNREPORTED} order by e.report_at, e.id limit :most))
  where tenant_id = :tenant and token = :token and batch_id is null and exists (select 1 ${UNREPORTED})`;

const READ_TURN = `
  select s.failures, s.idle_due_at, s.batch_id, s.batch_events,
    t.client_base_url, t.client_sync_path, t.client_auth, t.public_only, t.webhook_secret,
    case when t.webhook_secret_previous_until > :now then t.webhook_secret_previous end as webhook_secret_previous
  from syncs s join tenants t on t.id = s.tenant_id where s.tenant_id = :tenant and s.token = :token`;

/** Oldest first. An event whose message was deleted since has nobody to speak of and is left out. */
const READ_EVENTS = `
  select e.id, e.type, e.at, e.data, e.report_tries, m.tenant_id, m.id as message_id, m.pk, m.request_id, m.priority, a.id as account_id
  from syncs s cross join json_each(s.batch_events) b cross join events e on e.id = b.value
  join messages m on m.seq = e.message left join accounts a on a.key = m.account_key
  where s.tenant_id = :tenant and s.token = :token order by e.id`;

interface TurnRow {
  failures: number;
  idle_due_at: number;
  batch_id: string | null;
  batch_events: string | null;
  client_base_url: string;
  client_sync_path: string | null;
  client_auth: string | null;
  webhook_secret: string | null;
  /** Null as soon as its time is over. */
  webhook_secret_previous: string | null;
  public_only: number;
}

/** A turn to call a tenant's endpoint; it is over when the lease is settled, or lost to another process. */
export interface Claim {
  tenant: string;
  /** Fencing token: only its holder can settle. */
  token: number;
  /** Stays the same until the batch is acknowledged. */
  batchId: string;
  /** Every event of the batch, also those that are left out of the call. */
  eventIds: number[];
  events: EventRow[];
  endpoint: Endpoint;
  /** Failed calls in a row before this one. */
  failures: number;
  idleDueAt: number;
}

/** The statements behind `claim`, in their order. */
export function claimStatements(tenant: string, token: number, now: number): InStatement[] {
  return [
    { sql: TAKE, args: { tenant, token, leaseUntil: now + LEASE_MS, now } },
    { sql: CHOOSE, args: { tenant, token, now, most: BATCH_SIZE } },
    { sql: READ_TURN, args: { tenant, token, now } },
    { sql: READ_EVENTS, args: { tenant, token } },
  ];
}

/** Takes the turn if the tenant is due and nobody else has it. */
export async function claim(db: Database, tenant: string, now: number): Promise<Claim | undefined> {
  const token = fencingToken();
  // With the same token it does nothing more, and tells what was taken before.
  const statements = claimStatements(tenant, token, now);
  const [, , turns, events] = await againIfUnknown(() => batch(db, statements));
  const [turn] = rowsOf<TurnRow>(turns);
  if (turn === undefined) return undefined;
  return {
    tenant,
    token,
    batchId: turn.batch_id ?? `msg_${crypto.randomUUID()}`, // an idle call, which is told of nothing
    eventIds: JSON.parse(turn.batch_events ?? "[]") as number[],
    events: rowsOf<EventRow>(events),
    endpoint: {
      baseUrl: turn.client_base_url,
      syncPath: turn.client_sync_path,
      auth: JSON.parse(turn.client_auth ?? "null") as StoredAuth | null,
      webhookSecrets: [turn.webhook_secret, turn.webhook_secret_previous].filter((secret) => secret !== null),
      publicOnly: turn.public_only === 1,
    },
    failures: turn.failures,
    idleDueAt: turn.idle_due_at,
  };
}

function rowsOf<T>(result: ResultSet | undefined): T[] {
  return (result?.rows ?? []) as T[];
}
