/** Messages that validation refused, kept as `error` and reported, so that their application learns of each by its own id. */
import { batch, type Database, json } from "../db/database.ts";
import { minuteOf, rollUp } from "../db/rollups.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";
import { COUNTER } from "./events.ts";

export interface Rejected {
  pk: string;
  tenantId: string;
  id: string;
  reason: string;
  /** Of the call that brought it. */
  requestId?: string | undefined;
}

// An id that exists already keeps what it has.
const INSERT = `
  insert into messages (pk, tenant_id, id, priority, state, wake_at, expires_at, error, size, request_id, created_at, finished_at)
  select value->>0, value->>1, value->>2, 2, 'error', :now + :retentionMs, :now, value->>3, 0, value->>4, :now, :now
  from json_each(:rejected) where true
  on conflict do nothing`;

// What has an event was counted and told by the same batch before, whose answer was lost.
const UNTOLD = `
  from json_each(:rejected) r join messages m on m.pk = r.value->>0
  where not exists (select 1 from events e where e.message = m.seq)`;

const COUNT = `
  insert into counters (name, tenant_id, account_id, value)
  select '${COUNTER.error}', m.tenant_id, '', count(*) ${UNTOLD} group by m.tenant_id
  on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;

const ROLL_UP = rollUp(["failed"], `select null as account_key, m.tenant_id, 1 as failed ${UNTOLD}`);

const TELL = `
  insert into events (tenant_id, message, type, at, data, report_at)
  select m.tenant_id, m.seq, 'error', :now, json_object('error', m.error, 'attempt', 0), :now ${UNTOLD}`;

/** Safe to repeat. */
export async function recordRejected(
  db: Database,
  rejected: readonly Rejected[],
  now: number,
  retentionMs: number,
): Promise<void> {
  if (rejected.length === 0) return;
  const list = json(
    rejected.map(({ pk, tenantId, id, reason, requestId }) => [pk, tenantId, id, reason, requestId ?? null]),
  );
  const statements = [
    { sql: INSERT, args: { rejected: list, now, retentionMs } },
    { sql: COUNT, args: { rejected: list } },
    { sql: ROLL_UP, args: { rejected: list, minute: minuteOf(now) } },
    { sql: TELL, args: { rejected: list, now } },
  ];
  await againIfUnknown(() => batch(db, statements));
}
