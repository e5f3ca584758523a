/**
 * What time alone changes: what is due becomes ready, what has expired is given up, an expired lease is free again.
 *
 * Every live message has one moment to wake at (`wake_at`), so one index finds all of them and the next one.
 */
import type { InStatement, ResultSet } from "@libsql/client";
import { moveInBacklog } from "./backlog.ts";
import { COUNTER, countInto } from "./events.ts";
import { closing, FINAL } from "./giveup.ts";
import { grantAt } from "./limits.ts";
import { isSuspended } from "./suspend.ts";

/** SQL: messages of which something is still to become. */
export const LIVE = "state in ('scheduled', 'ready', 'held', 'sending')";

/** The rows of one pass; inside one transaction every statement sees the same ones. */
const DUE = `select seq from messages where ${LIVE} and wake_at <= :now order by wake_at limit :limit`;
const EXPIRED = `seq in (${DUE}) and state <> 'sending' and expires_at <= :now`;
const ABANDONED = `seq in (${DUE}) and state = 'sending'`;

// Its worker died or lost the database: whether the message went out is unknown, and its timeline says so.
const NOTE_ABANDONED = `
  insert into events (tenant_id, message, type, at, data)
  select tenant_id, seq, 'lease_expired', :now, json_object('outcome_unknown', json('true')) from messages where ${ABANDONED}`;

// It may have been sent, so it counts against the limits.
const GRANT_ABANDONED = `
  insert into grants (account_key, at, count)
  select account_key, :grantAt, count(*)
  from messages where ${ABANDONED} group by account_key
  on conflict (account_key, at) do update set count = count + excluded.count`;

const NEXT_STATE = `case when state <> 'sending' and expires_at <= :now then ${FINAL}
  when ${isSuspended("messages")} then 'held' else 'ready' end`;

const WAKE = `
  update messages set
    state = ${NEXT_STATE},
    wake_at = case when state = 'sending' or expires_at > :now then expires_at else :now + :retentionMs end,
    outcome_unknown = outcome_unknown or state = 'sending',
    error = case when state <> 'sending' and expires_at <= :now then 'expired' else error end,
    finished_at = case when state <> 'sending' and expires_at <= :now then :now end,
    token = null
  where seq in (${DUE})
  returning tenant_id as tenantId, id, pk, request_id as requestId, state, error`;

/** SQL: when the next live message wakes (Unix ms), if there is any. */
export const NEXT_WAKE = `select wake_at from messages where ${LIVE} order by wake_at limit 1`;

/** Wakes at most `limit` messages whose moment has come; what it tells is in the last result. */
export function wakeStatements(now: number, limit: number, retentionMs: number): InStatement[] {
  const args = { now, limit };
  return [
    ...closing(EXPIRED, args, "expired", now),
    { sql: NOTE_ABANDONED, args },
    { sql: GRANT_ABANDONED, args: { ...args, grantAt: grantAt(now) } },
    {
      sql: countInto(`select account_key, tenant_id from messages where ${ABANDONED}`),
      args: { ...args, name: COUNTER.leasesRecovered },
    },
    { sql: moveInBacklog(`seq in (${DUE})`, NEXT_STATE), args },
    { sql: WAKE, args: { ...args, retentionMs } },
  ];
}

/** A message whose time was over. */
export interface GivenUp {
  tenantId: string;
  id: string;
  pk: string;
  requestId: string | null;
  /** `sent`, where some recipients had taken it. */
  state: "error" | "sent";
  error: string;
}

/** From the last result of `wakeStatements`. */
export function givenUp({ rows: woken }: ResultSet): GivenUp[] {
  const all = woken as unknown[] as (GivenUp | { state: "ready" | "held" })[];
  return all.filter((one): one is GivenUp => one.state === "error" || one.state === "sent");
}

/** Who has something new to be told. */
export function tenantsOf(messages: readonly Pick<GivenUp, "tenantId">[]): Set<string> {
  return new Set(messages.map(({ tenantId }) => tenantId));
}
