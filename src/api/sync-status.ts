/** How the report exchange with each tenant stands, and how much of its mail waits. */
import { type Database, rows } from "../db/database.ts";

const STATUS = `
  select t.id, t.active, t.client_base_url as url, s.last_sync_at as lastSyncAt, s.last_ok_at as lastOkAt,
    s.idle_due_at as idleDueAt, s.retry_at as retryAt, s.failures, s.last_error as lastError,
    (select count(*) from events e where e.tenant_id = t.id and e.report_at is not null) as unreported,
    (select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null) as reportAt,
    (select ifnull(sum(b.count), 0) from backlog b where b.tenant_id = t.id) as waiting
  from tenants t left join syncs s on s.tenant_id = t.id
  where :own is null or t.id = :own
  order by t.id`;

interface StatusRow {
  id: string;
  active: number;
  url: string | null;
  lastSyncAt: number | null;
  lastOkAt: number | null;
  idleDueAt: number | null;
  retryAt: number | null;
  failures: number | null;
  lastError: string | null;
  unreported: number;
  /** When the first of them may be told. */
  reportAt: number | null;
  /** Messages. */
  waiting: number;
}

/** One entry a tenant, of one or of all. A tenant without a sync URL is never called. */
export async function syncStatus(db: Database, own: string | undefined, now: number) {
  const found = await rows<StatusRow>(db, STATUS, { own: own ?? null });
  return found.map((row) => {
    const called = row.url !== null && row.active === 1;
    const wantedAt = Math.min(row.idleDueAt ?? 0, row.reportAt ?? Number.POSITIVE_INFINITY);
    const nextAt = Math.max(wantedAt, row.retryAt ?? 0, now);
    return {
      id: row.id,
      active: row.active === 1,
      last_sync_ts: seconds(row.lastSyncAt),
      last_ok_ts: seconds(row.lastOkAt),
      next_sync_ts: called ? seconds(nextAt) : null,
      next_sync_due: called && nextAt <= now,
      failures: row.failures ?? 0,
      last_error: row.lastError,
      unreported_events: row.unreported,
      waiting_messages: row.waiting,
    };
  });
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}
