/**
 * How many messages wait, kept and not counted: every statement that brings messages into the queue, moves them in it or
 * ends them has a statement of this file beside it, in the same transaction.
 */
import type { InStatement, ResultSet } from "@libsql/client";
import { type Database, json } from "../db/database.ts";

/** `active` are those that are ready or being sent, so that a claim changes nothing here. */
export type Kind = "scheduled" | "held" | "active";

/** SQL: the kind of a state; null for those that have ended. */
export function kindOf(state: string): string {
  return `case ${state} when 'ready' then 'active' when 'sending' then 'active' when 'scheduled' then 'scheduled' when 'held' then 'held' end`;
}

/** SQL: adds `source` (tenant_id, kind, count; a null kind counts nowhere). */
export function addToBacklog(source: string): string {
  return `
    insert into backlog (tenant_id, kind, count)
    select tenant_id, kind, sum(count) from (${source}) where kind is not null group by tenant_id, kind
    on conflict (tenant_id, kind) do update set count = count + excluded.count`;
}

/**
 * SQL, to stand before the statement that moves the messages of `where` (SQL on `messages`) into another state. `next` is
 * that state (SQL on the row as it is before), or nothing where they are deleted.
 */
export function moveInBacklog(where: string, next?: string): string {
  const left = `select tenant_id, ${kindOf("state")} as kind, -count(*) as count from messages where ${where} group by 1, 2`;
  if (next === undefined) return addToBacklog(left);
  return addToBacklog(
    `${left} union all select tenant_id, ${kindOf(`(${next})`)} as kind, count(*) from messages where ${where} group by 1, 2`,
  );
}

const SHIFT = addToBacklog(
  "select value->>0 as tenant_id, value->>1 as kind, value->>2 as count from json_each(:shifts)",
);

/** One row a tenant and kind; a negative number leaves. */
export type Shift = [tenantId: string, kind: Kind, count: number];

export function shiftBacklog(shifts: readonly Shift[]): InStatement {
  return { sql: SHIFT, args: { shifts: json(shifts) } };
}

/** Live messages by what they wait for; of one tenant, or of all. */
export type Backlog = Record<"scheduled" | "ready" | "held" | "sending", number>;

const READ = `
  select kind, sum(count) as count from backlog where :tenantId is null or tenant_id = :tenantId group by kind
  union all
  select 'sending', count(*) from messages m where m.state = 'sending'
    and (:tenantId is null or m.account_key in (select key from accounts where tenant_id = :tenantId))`;

export async function countLive(db: Database, tenantId: string | null = null): Promise<Backlog> {
  return liveIn(await db.client.execute(liveStatement(tenantId)));
}

/** For those who ask other things in the same round trip; `liveIn` reads its result. */
export function liveStatement(tenantId: string | null): { sql: string; args: { tenantId: string | null } } {
  return { sql: READ, args: { tenantId } };
}

export function liveIn({ rows: found }: ResultSet): Backlog {
  const counts = { scheduled: 0, held: 0, active: 0, sending: 0 };
  for (const { kind, count } of found) counts[kind as Kind | "sending"] = Number(count);
  const { active, ...others } = counts;
  return { ...others, ready: active - others.sending };
}
