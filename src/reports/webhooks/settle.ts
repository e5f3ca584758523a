/**
 * Writes down what came of a webhook's calls, each batch fenced by the turn's token: a process that lost its lease changes
 * nothing. Values are absolute, and a call that stands in the log already is not counted again, so that a batch that is
 * repeated because its answer was lost does no harm either.
 */
import type { InArgs, InStatement } from "@libsql/client";
import { batch, type Database, json, rows } from "../../db/database.ts";
import { againIfUnknown, isUnknown } from "../../db/unknown-outcome.ts";
import { NEVER } from "../due.ts";
import { PENDING_AT } from "./agenda.ts";
import { type Health, LEASE_MS } from "./claim.ts";
import { type LoggedCall, OURS, type Results, resultStatements, type Turn } from "./results.ts";
import { DELAYS_MS } from "./schedule.ts";

/** Deliveries that one statement puts off: whatever is beyond them counts with the next failure. */
const PUT_OFF = 1_000;

/** All that was due counts the failure of those that were called for it. */
const COUNT_ALL_DUE = `
  update webhook_deliveries set attempts = attempts + 1, next_at = :now + (:delays ->> (attempts + 1)),
    state = iif(:delays ->> (attempts + 1) is null, 'failed', 'pending')
  where seq in (
    select seq from webhook_deliveries
    where webhook = :webhook and aside in (0, 1) and state = 'pending' and next_at <= :due limit ${PUT_OFF}) and ${OURS}`;

/** What comes next in the line goes on at once, whenever it was to be tried: the endpoint takes things. */
const HASTEN = `
  update webhook_deliveries set next_at = :now
  where seq = (
    select d.seq from webhook_deliveries d where d.webhook = :webhook and d.state = 'pending' and d.aside = 0
    order by d.seq limit 1) and next_at > :now and ${OURS}`;

const KEEP = "update webhooks set lease_until = :until where id = :webhook and token = :token";

/** A wait that the endpoint asked for ends with the next moment of the schedule. */
const END = `
  update webhooks as w set token = null, failing_since = :failingSince, failures = :failures,
    lease_until = iif(:restUntil is null, null, max(:restUntil, min(:retryAt, ${PENDING_AT}))),
    status = iif(:disabledReason is null, status, 'disabled'),
    disabled_reason = ifnull(:disabledReason, disabled_reason), disabled_at = iif(:disabledReason is null, disabled_at, :now)
  where w.id = :webhook and w.token = :token`;

const NEXT = `
  select max(ifnull(w.lease_until, 0), ${PENDING_AT}) as due_at
  from webhooks w where w.id = :webhook and w.status = 'enabled' and ${PENDING_AT} < ${NEVER}`;

export interface Ending extends Health {
  /** It takes nothing: whatever was due counts that, and it rests. `retryAfterMs` is what it asked for. */
  down?: { restMs: number; retryAfterMs: number | undefined } | undefined;
  /** The line goes on at once. */
  goOn?: boolean | undefined;
  disabledReason?: string | undefined;
}

/** Of a turn that was given back. */
export interface Ended {
  /** When the next one may be taken, Unix milliseconds; undefined where nothing waits. */
  dueAt: number | undefined;
}

/** Keeps the turn; false if it was no longer ours. */
export async function settleAndKeep(db: Database, turn: Turn, results: Results, now: number): Promise<boolean> {
  const statements = [...resultStatements(turn, results), keep(turn, now)];
  return againIfUnknown(async () => (await batch(db, statements)).at(-1)?.rowsAffected === 1);
}

/** Gives the turn back; undefined if it was no longer ours. */
export async function settleAndEnd(
  db: Database,
  turn: Turn,
  results: Results,
  ending: Ending,
  now: number,
): Promise<Ended | undefined> {
  const statements = [...resultStatements(turn, results), ...endStatements(turn, ending, now)];
  const write = async () => {
    const [end, due] = (await batch(db, statements)).slice(-2);
    const dueAt = due?.rows[0]?.due_at;
    return { isOurs: end?.rowsAffected === 1, ended: { dueAt: typeof dueAt === "number" ? dueAt : undefined } };
  };
  try {
    const { isOurs, ended } = await write();
    return isOurs ? ended : undefined;
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  const { isOurs, ended } = await write();
  return isOurs || (await isLogged(db, results.calls.at(-1))) ? ended : undefined;
}

/** Whether the batch whose answer was lost had come through: nobody else logs this call. */
async function isLogged(db: Database, call: LoggedCall | undefined): Promise<boolean> {
  if (call === undefined) return true; // there was nothing to lose
  const { seq, number, at } = call;
  const sql = "select 1 from webhook_attempts where delivery = :seq and number = :number and at = :at";
  return (await rows(db, sql, { seq, number, at })).length > 0;
}

function keep({ webhook, token }: Turn, now: number): InStatement {
  return { sql: KEEP, args: { webhook, token, until: now + LEASE_MS } };
}

/** The statements that give a turn back; the last but one ends it, the last one tells when the next is due. */
export function endStatements({ webhook, token, at }: Turn, ending: Ending, now: number): InStatement[] {
  const { failingSince, failures, down, goOn = false, disabledReason } = ending;
  const fence: Exclude<InArgs, unknown[]> = { webhook, token };
  const list: InStatement[] = [];
  if (down !== undefined) list.push({ sql: COUNT_ALL_DUE, args: { ...fence, now, due: at, delays: json(DELAYS_MS) } });
  if (goOn) list.push({ sql: HASTEN, args: { ...fence, now } });
  const restUntil = down === undefined ? null : now + down.restMs;
  const retryAt = now + (down?.retryAfterMs ?? 0);
  const wait = { restUntil, retryAt };
  list.push({
    sql: END,
    args: { ...fence, ...wait, failingSince, failures, disabledReason: disabledReason ?? null, now },
  });
  list.push({ sql: NEXT, args: { webhook } });
  return list;
}
