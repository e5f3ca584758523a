/** What a limit does to the messages that stand first in line: they are told once when they can go, or rejected. */
import { batch, type Database } from "../db/database.ts";
import { minuteOf, rollUp } from "../db/rollups.ts";
import { moveInBacklog } from "./backlog.ts";
import { COUNTER, countInto } from "./events.ts";
import { closing, FINAL } from "./giveup.ts";
import { isSuspended } from "./suspend.ts";

/** The head of the line, and of it those that have not been told yet. The rest of the line is not touched. */
const HEAD = `
  select seq from messages r where r.state = 'ready' and r.account_key = :accountKey and not ${isSuspended("r")}
  order by r.priority, r.seq limit :limit`;
const UNTOLD = `seq in (${HEAD}) and rate_limited = 0`;

const TELL_DEFERRED = `
  insert into events (tenant_id, message, type, at, data, report_at)
  select tenant_id, seq, 'deferred', :now, json_object('deferred_ts', cast(:nextSlotAt / 1000 as integer), 'deferred_reason', 'rate_limit', 'attempt', attempts), :now
  from messages where ${UNTOLD}`;

const MARK_DEFERRED = `
  update messages set rate_limited = 1, deferred_at = :nextSlotAt where ${UNTOLD} returning seq`;

const ROLL_UP_DEFERRED = rollUp(
  ["deferred", "rate_limited"],
  `select account_key, tenant_id, 1 as deferred, 1 as rate_limited from messages where ${UNTOLD}`,
);

const REJECTED = `seq in (${HEAD})`;

const ROLL_UP_REJECTED = rollUp(
  ["rate_limited"],
  `select account_key, tenant_id, 1 as rate_limited from messages where ${REJECTED}`,
);

const REJECT = `
  update messages set state = ${FINAL}, error = 'rate limit exceeded', rate_limited = 1, finished_at = :now,
    wake_at = :now + :retentionMs
  where ${REJECTED} returning seq`;

/** Defers the first `limit` messages of an account until `nextSlotAt`; answers how many were told now. */
export async function deferHead(
  db: Database,
  accountKey: number,
  nextSlotAt: number,
  now: number,
  limit: number,
): Promise<number> {
  const args = { accountKey, limit };
  const source = `select account_key, tenant_id from messages where ${UNTOLD}`;
  const results = await batch(db, [
    { sql: TELL_DEFERRED, args: { ...args, now, nextSlotAt } },
    { sql: countInto(source), args: { ...args, name: COUNTER.rateLimited } },
    { sql: countInto(source), args: { ...args, name: COUNTER.deferred } },
    { sql: ROLL_UP_DEFERRED, args: { ...args, minute: minuteOf(now) } },
    { sql: MARK_DEFERRED, args: { ...args, nextSlotAt } },
  ]);
  return results.at(-1)!.rows.length;
}

/** Gives up the first `limit` messages of an account whose owner wants no waiting; answers how many. */
export async function rejectHead(
  db: Database,
  accountKey: number,
  now: number,
  limit: number,
  retentionMs: number,
): Promise<number> {
  const args = { accountKey, limit };
  const results = await batch(db, [
    {
      sql: countInto(`select account_key, tenant_id from messages where ${REJECTED}`),
      args: { ...args, name: COUNTER.rateLimited },
    },
    { sql: ROLL_UP_REJECTED, args: { ...args, minute: minuteOf(now) } },
    ...closing(REJECTED, args, "rate limit exceeded", now),
    { sql: moveInBacklog(REJECTED), args },
    { sql: REJECT, args: { ...args, now, retentionMs } },
  ]);
  return results.at(-1)!.rows.length;
}
