/** What waits, and what has waited longest: kept, or found by look-ups and counts that end, whatever the number of messages. */
import type { InStatement, ResultSet, Row, Value } from "@libsql/client";
import { type Backlog, liveIn, liveStatement } from "./backlog.ts";
import { LIMIT_SLOTS, NEXT_SLOT_AT, OWN_LIMIT_SLOTS, SLOTS } from "./limits.ts";
import { WAITING_ACCOUNTS } from "./look.ts";
import { LIVE } from "./schedule.ts";
import { WAITING_SINCE } from "./waiting.ts";

/** Messages of one priority that are counted one by one. */
export const COUNTED_READY = 10_000;
/** Of so many lines it is looked who stands first, those that wait longest. */
const LINES = 100;
/** Of a tenant's own it is looked whether one is overdue among so many of all that are. */
const OVERDUE = 1_000;

const ALL_WAITING = `${WAITING_ACCOUNTS}, line (key) as (select key from waiting where key is not null)`;
const WAITING_OF_TENANT = "with line (key) as (select key from accounts where tenant_id = :tenantId)";

const READY = `
  select (select count(*) from (
    select 1 from line w cross join messages m
    where m.state = 'ready' and m.account_key = w.key and m.priority = p.value limit ${COUNTED_READY + 1})) as count
  from json_each('[0,1,2,3]') p order by p.key`;

/** The first of each account and priority; slots are asked for those alone that are answered. */
const HEADS = `
  select h.*, a.id as accountId,
    t.active and ${SLOTS} > 0 as mayGo,
    case when t.active and ifnull(a.paused_until, 0) <= :now and ${LIMIT_SLOTS} = 0
      then iif(${OWN_LIMIT_SLOTS} = 0, 'account', 'tenant') end as limitOf, ${NEXT_SLOT_AT} as nextSlotAt
  from (
    select m.pk, m.id, m.tenant_id as tenantId, m.account_key as accountKey, m.created_at as createdAt, ${WAITING_SINCE("m")} as since
    from line w cross join json_each('[0,1,2,3]') p cross join messages m on m.seq = (
      select r.seq from messages r
      where r.state = 'ready' and r.account_key = w.key and r.priority = p.value order by r.seq limit 1)
    order by since limit ${LINES}) h
  left join accounts a on a.key = h.accountKey left join tenants t on t.id = h.tenantId
  order by h.since`;

/** Whether anybody sends: a lease is held by whoever is alive. By the index of those few; `+` keeps off the one of all that is live. */
const SENDING = "select exists (select 1 from messages m where m.state = 'sending' and +m.wake_at > :now) as isSending";

/** Since when time should have changed a message. Whoever sends sees to that, whatever else holds the message back. */
const FIRST_OVERDUE = `
  select wake_at as overdue from (
    select wake_at, tenant_id from messages where ${LIVE} and wake_at <= :now order by wake_at limit ${OVERDUE})
  where :own is null or tenant_id = :own order by wake_at limit 1`;

export function overviewStatements(tenantId: string | undefined, now: number): InStatement[] {
  const lines = tenantId === undefined ? ALL_WAITING : WAITING_OF_TENANT;
  const own = tenantId === undefined ? {} : { tenantId };
  return [
    liveStatement(tenantId ?? null),
    { sql: `${lines} ${READY}`, args: own },
    { sql: `${lines} ${HEADS}`, args: { ...own, now } },
    { sql: SENDING, args: { now } },
    { sql: FIRST_OVERDUE, args: { now, own: tenantId ?? null } },
  ];
}

/** The message that stands first in some line. Moments are Unix milliseconds. */
export interface Head {
  pk: string;
  id: string;
  tenantId: string;
  accountId: string | null;
  createdAt: number;
  since: number;
  /** Neither its tenant nor a limit nor a pause of its account holds it back. */
  mayGo: boolean;
  /** A limit alone holds it back: whose, and when there is room again, as far as that is known. */
  limit: { of: "account" | "tenant"; nextAt: number | null } | null;
}

export interface QueueCount {
  state: keyof Backlog;
  priority: number | null;
  count: number;
  count_is_at_least: boolean;
}

export interface QueueOverview {
  pending: Backlog;
  queue: QueueCount[];
  /** Who waits longest first. */
  heads: Head[];
  isSending: boolean;
  /** Since when a message waits for somebody to see that its time has come; null where none does. */
  overdueSince: number | null;
}

/** How many results belong to `overviewStatements`, and what they say. */
export function readOverview([live, ready, heads, sending, overdue]: readonly ResultSet[]): QueueOverview {
  const pending = liveIn(live!);
  const counts = ready!.rows.map(({ count }) => Number(count));
  const whole = (state: keyof Backlog): QueueCount => {
    return { state, priority: null, count: pending[state], count_is_at_least: false };
  };
  return {
    pending,
    queue: [whole("scheduled"), ...readyCounts(counts, pending.ready), whole("held"), whole("sending")],
    heads: heads!.rows.map((row): Head => {
      return {
        pk: String(row.pk),
        id: String(row.id),
        tenantId: String(row.tenantId),
        accountId: row.accountId === null ? null : String(row.accountId),
        createdAt: Number(row.createdAt),
        since: Number(row.since),
        mayGo: row.mayGo === 1,
        limit: row.limitOf === null ? null : limitIn(row),
      };
    }),
    isSending: sending!.rows[0]?.isSending === 1,
    overdueSince: momentIn(overdue!.rows[0]?.overdue),
  };
}

function limitIn({ limitOf, nextSlotAt }: Row): Head["limit"] {
  return { of: limitOf === "account" ? "account" : "tenant", nextAt: momentIn(nextSlotAt) };
}

function momentIn(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** Of one priority that was not counted to its end what is left of all that is ready; of several only that it is at least so much. */
function readyCounts(counts: readonly number[], all: number): QueueCount[] {
  const over = counts.filter((count) => count > COUNTED_READY).length;
  const others = counts.reduce((sum, count) => sum + (count > COUNTED_READY ? 0 : count), 0);
  return counts.map((count, priority): QueueCount => {
    if (count <= COUNTED_READY) return { state: "ready", priority, count, count_is_at_least: false };
    if (over === 1) return { state: "ready", priority, count: Math.max(all - others, count), count_is_at_least: false };
    return { state: "ready", priority, count: COUNTED_READY, count_is_at_least: true };
  });
}
