/** Who may need somebody, as the database knows it: each list by its own index, and no longer than a person reads. */
import type { InStatement, ResultSet } from "@libsql/client";

/** Of one kind. */
const MOST = 50;
/** What waits for one of them is counted no further. */
export const COUNTED = 1_000;

const own = (column: string) => `(:own is null or ${column} = :own)`;
const counted = (source: string) => `(select count(*) from (select 1 ${source} limit ${COUNTED}))`;

const ACCOUNTS = `
  select a.tenant_id as tenantId, a.id, a.faults, a.paused_until as pausedUntil, a.last_error as lastError, a.last_error_at as lastErrorAt,
    ${counted("from messages m where m.state = 'ready' and m.account_key = a.key")} as waiting
  from accounts a where a.deleted_at is null and (a.faults > 0 or a.paused_until > :now) and ${own("a.tenant_id")}
  order by a.last_error_at desc limit ${MOST}`;

const TENANTS = `
  select t.id as tenantId, sum(b.count) as waiting
  from tenants t join backlog b on b.tenant_id = t.id where not t.active and ${own("t.id")}
  group by t.id having sum(b.count) > 0 order by 2 desc limit ${MOST}`;

// Of several batches of a tenant it is not kept which of them waits for how much: the first of what is held are looked at.
const SUSPENDED = `
  select s.tenant_id as tenantId, s.batch_code as batchCode, s.created_at as since,
    iif(s.batch_code = '*' or not exists (
      select 1 from suspensions o where o.tenant_id = s.tenant_id and o.batch_code <> s.batch_code), b.count,
      (select count(*) from (select m.batch_code from messages m indexed by messages_held
        where m.state = 'held' and m.tenant_id = s.tenant_id limit ${COUNTED}) h
        where h.batch_code = s.batch_code)) as waiting
  from suspensions s join backlog b on b.tenant_id = s.tenant_id and b.kind = 'held' and b.count > 0
  where ${own("s.tenant_id")} order by s.created_at limit ${MOST}`;

const REPORTS = `
  select t.id as tenantId, ifnull(s.failures, 0) as failures, s.last_error as lastError, s.last_ok_at as lastOkAt, s.retry_at as retryAt,
    (select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null) as oldest,
    ${counted("from events e where e.tenant_id = t.id and e.report_at is not null")} as waiting
  from tenants t left join syncs s on s.tenant_id = t.id
  where t.active and t.client_base_url is not null and ${own("t.id")} and (s.failures > 0
    or (select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null) <= :late)
  order by oldest limit ${MOST}`;

const WEBHOOKS = `
  select w.id, w.tenant_id as tenantId, w.status, w.disabled_reason as disabledReason, w.disabled_at as disabledAt,
    w.failing_since as failingSince, w.failures,
    ${counted("from webhook_deliveries d where d.webhook = w.id and d.state = 'pending'")} as waiting
  from webhooks w
  where ${own("w.tenant_id")} and ((w.status = 'disabled' and w.disabled_reason is not null)
    or (w.status = 'enabled' and w.failing_since is not null))
  order by w.status, w.failing_since limit ${MOST}`;

export interface AccountRow {
  tenantId: string;
  id: string;
  faults: number;
  pausedUntil: number | null;
  lastError: string | null;
  lastErrorAt: number | null;
  waiting: number;
}
export interface TenantRow {
  tenantId: string;
  waiting: number;
}
export interface SuspensionRow extends TenantRow {
  batchCode: string;
  since: number;
}
export interface ReportsRow extends TenantRow {
  failures: number;
  lastError: string | null;
  lastOkAt: number | null;
  retryAt: number | null;
  /** Since when the first event waits that may be told. */
  oldest: number | null;
}
export interface WebhookRow extends TenantRow {
  id: string;
  status: "enabled" | "disabled";
  disabledReason: string | null;
  disabledAt: number | null;
  failingSince: number | null;
  failures: number;
}

export interface Troubled {
  accounts: AccountRow[];
  tenants: TenantRow[];
  suspensions: SuspensionRow[];
  reports: ReportsRow[];
  webhooks: WebhookRow[];
}

/** `lateMs`: reports that wait longer than that are told of. */
export function troubledStatements(tenantId: string | undefined, now: number, lateMs: number): InStatement[] {
  const args = { own: tenantId ?? null };
  return [
    { sql: ACCOUNTS, args: { ...args, now } },
    { sql: TENANTS, args },
    { sql: SUSPENDED, args },
    { sql: REPORTS, args: { ...args, late: now - lateMs } },
    { sql: WEBHOOKS, args },
  ];
}

export function readTroubled(results: readonly ResultSet[]): Troubled {
  const [accounts, tenants, suspensions, reports, webhooks] = results.map((result) => result.rows as unknown[]);
  return {
    accounts: accounts as AccountRow[],
    tenants: tenants as TenantRow[],
    suspensions: suspensions as SuspensionRow[],
    reports: reports as ReportsRow[],
    webhooks: webhooks as WebhookRow[],
  };
}
