/**
 * Writes down what became of a report call, in one batch fenced by the turn's token: a process that lost its lease changes
 * nothing, and so does a batch that is repeated because its answer was lost. The last statement ends the turn, and leaves
 * the call's moment, by which such a repeat knows its own work.
 */
import type { InArgs, InStatement } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import { isUnknown } from "../db/unknown-outcome.ts";
import { delayMs } from "./backoff.ts";
import type { Claim } from "./claim.ts";
import type { EventRow } from "./report.ts";

const TURN = "tenant_id = :tenant and token = :token";
const FENCE = `exists (select 1 from syncs where ${TURN})`;

const ACKNOWLEDGE = `
  update events set report_at = null, reported_at = :now
  where id in (select value from json_each(:told)) and report_at is not null and ${FENCE}`;

const TELL_AGAIN = `
  update events set report_at = r.value->>1, report_tries = report_tries + 1
  from json_each(:again) r where events.id = r.value->>0 and events.report_at is not null and ${FENCE}`;

const END_WELL = `
  update syncs set token = null, lease_until = null, batch_id = null, batch_events = null, failures = 0, retry_at = 0,
    requested = max(requested, :callAgain), idle_due_at = :idleDueAt, last_sync_at = :now, last_ok_at = :now, last_error = null
  where ${TURN}`;

const END_FAILED = `
  update syncs set token = null, lease_until = null, failures = :failures, retry_at = :retryAt,
    last_sync_at = :now, last_error = :reason
  where ${TURN}`;

const RELEASE = `update syncs set token = null, lease_until = null where ${TURN}`;

/** What the answer leaves to be done. */
export interface Acknowledged {
  /** Events that come again, each after a wait of its own; all others of the batch are told for good. */
  refused: readonly EventRow[];
  /** Whether the next call follows at once, events or not. */
  callAgain: boolean;
  idleDueAt: number;
}

/** The statements behind `settleAnswered`, in their order. */
export function answeredStatements(
  { tenant, token, eventIds }: Pick<Claim, "tenant" | "token" | "eventIds">,
  { refused, callAgain, idleDueAt }: Acknowledged,
  now: number,
): InStatement[] {
  const turn = { tenant, token };
  const refusedIds = new Set(refused.map(({ id }) => id));
  const told = json(eventIds.filter((id) => !refusedIds.has(id)));
  const again = json(refused.map(({ id, report_tries }) => [id, now + delayMs(report_tries + 1)]));
  return [
    { sql: ACKNOWLEDGE, args: { ...turn, told, now } },
    { sql: TELL_AGAIN, args: { ...turn, again } },
    { sql: END_WELL, args: { ...turn, callAgain: callAgain ? 1 : 0, idleDueAt, now } },
  ];
}

/** The endpoint acknowledged; false if the turn was no longer ours. */
export async function settleAnswered(db: Database, claim: Claim, result: Acknowledged, now: number): Promise<boolean> {
  const statements = answeredStatements(claim, result, now);
  return ended(db, claim.tenant, now, async () => (await batch(db, statements)).at(-1)?.rowsAffected === 1);
}

/** The call failed: the batch stays as it is for the next one. False if the turn was no longer ours. */
export function settleFailed(
  db: Database,
  { tenant, token, failures }: Claim,
  { retryAt, reason }: { retryAt: number; reason: string },
  now: number,
): Promise<boolean> {
  const args = { tenant, token, failures: failures + 1, retryAt, reason, now };
  return ended(db, tenant, now, () => end(db, END_FAILED, args));
}

const ENDED_BY_US = "select 1 from syncs where tenant_id = :tenant and last_sync_at = :now";

/** Ends the turn; where it is over already, or nobody knows, looks who has ended it. */
async function ended(db: Database, tenant: string, now: number, end: () => Promise<boolean>): Promise<boolean> {
  const isOurs = async () => (await rows(db, ENDED_BY_US, { tenant, now })).length === 1;
  try {
    return (await end()) || (await isOurs());
  } catch (error) {
    if (isUnknown(error) && (await isOurs())) return true;
    throw error;
  }
}

/** The process stops before the endpoint has answered: whoever comes next sends the same batch at once. */
export function release(db: Database, { tenant, token }: Claim): Promise<boolean> {
  return end(db, RELEASE, { tenant, token });
}

/** Keeps a turn until `until`, for a call that takes its time; false if it was no longer ours. */
export function extendLease(db: Database, { tenant, token }: Claim, until: number): Promise<boolean> {
  return end(db, `update syncs set lease_until = :until where ${TURN}`, { tenant, token, until });
}

async function end(db: Database, sql: string, args: InArgs): Promise<boolean> {
  return (await rows(db, `${sql} returning tenant_id`, args)).length === 1;
}
