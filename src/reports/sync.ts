/**
 * One turn with one tenant: claim, tell, settle.
 *
 * 1. claim        the lease and the events, or the batch left over from a call that failed
 * 2. report       each event as the tenant reads it
 * 3. call         one POST, one outcome
 * 4. settle       acknowledged events are done, refused ones come again, a failed call rests
 *
 * A process that dies between 3 and 4 leaves the batch in the database: after the lease it is told again, with the same
 * ids. At least once, and nothing vanishes.
 */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Ports } from "../ports.ts";
import type { Vault } from "../security/vault.ts";
import { nextIdleAt, refusedEvents } from "./answer.ts";
import { retryAt } from "./backoff.ts";
import { BATCH_SIZE, type Claim, claim } from "./claim.ts";
import { CALL_TIMEOUT_MS, call, type Outcome } from "./endpoint.ts";
import { type EventRow, report } from "./report.ts";
import { extendLease, release, settleAnswered, settleFailed } from "./settle.ts";
import { stubbornly } from "./stubbornly.ts";

/** An application that always says `queued` is called this often in a row, then again after the interval. */
export const MAX_ROUNDS = 1_000;
/** A call still open by then keeps its turn beyond its timeout; a quick one spares the database the statement. */
const SLOW_CALL_MS = 4_000;

/** What happened, for logs and metrics; `ms` is the time of the call. */
export type ReporterEvent =
  | {
      kind: "answered";
      tenant: string;
      events: readonly EventRow[];
      status: number;
      ms: number;
      queued: number;
      /** Those that come again. */
      refused: readonly EventRow[];
      notFound: number;
    }
  | {
      kind: "failed";
      tenant: string;
      events: readonly EventRow[];
      status: number | undefined;
      ms: number;
      reason: string;
      retryAt: number;
    }
  /** Another process took the turn over meanwhile; the events are told again. */
  | { kind: "superseded"; tenant: string }
  /** The database failed us; the reporter tries again by itself. */
  | { kind: "fault"; tenant: string | undefined; reason: string };

/** What a turn needs of the world. */
export interface Exchange {
  db: Database;
  vault: Vault;
  /** The wall clock, Unix milliseconds. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  http: Ports["http"];
  requests?: Ports["requests"];
  syncIntervalMs: number;
  onEvent(event: ReporterEvent): void;
}

/** Takes a turn; true if the next one should follow at once. `round` counts the turns in a row, from 1. */
export async function takeTurn(on: Exchange, tenant: string, round: number, stop: AbortSignal): Promise<boolean> {
  const turn = await claim(on.db, tenant, on.now());
  if (turn === undefined) return false;
  const startedAt = on.now();
  const outcome = await tell(on, turn, stop);
  const ms = on.now() - startedAt;
  switch (outcome.kind) {
    case "answered":
      return answered(on, turn, outcome, { ms, round, stop });
    case "failed":
      await failed(on, turn, outcome, { ms, stop });
      return false;
    case "aborted":
      await release(on.db, turn);
      return false;
  }
}

async function tell(on: Exchange, turn: Claim, stop: AbortSignal): Promise<Outcome> {
  const keepTurn = () =>
    extendLease(on.db, turn, on.now() + CALL_TIMEOUT_MS).catch((error: unknown) => {
      on.onEvent({ kind: "fault", tenant: turn.tenant, reason: reason(error) });
    });
  const slow = setTimeout(keepTurn, SLOW_CALL_MS);
  try {
    return await call(turn.endpoint, on.vault, {
      id: turn.batchId,
      reports: turn.events.map(report),
      now: on.now(),
      stop,
      http: on.http,
    });
  } finally {
    clearTimeout(slow);
  }
}

async function answered(
  on: Exchange,
  turn: Claim,
  { status, answer }: Extract<Outcome, { kind: "answered" }>,
  { ms, round, stop }: { ms: number; round: number; stop: AbortSignal },
): Promise<boolean> {
  const now = on.now();
  const refused = refusedEvents(turn.events, answer.error);
  const callAgain = answer.queued > 0 && round < MAX_ROUNDS;
  const idleDueAt = nextIdleAt(turn.idleDueAt, answer, now, on.syncIntervalMs);
  const ours = await stubbornly(stop, () => settleAnswered(on.db, turn, { refused, callAgain, idleDueAt }, now));
  if (!ours) on.onEvent({ kind: "superseded", tenant: turn.tenant });
  else
    on.onEvent({
      kind: "answered",
      tenant: turn.tenant,
      events: turn.events,
      status,
      ms,
      queued: answer.queued,
      refused,
      notFound: answer.notFound.length,
    });
  // Behind a full batch there may be more, and behind one that had to be told again whatever came in meanwhile.
  return ours && (callAgain || turn.eventIds.length === BATCH_SIZE || turn.failures > 0);
}

async function failed(
  on: Exchange,
  turn: Claim,
  outcome: Extract<Outcome, { kind: "failed" }>,
  { ms, stop }: { ms: number; stop: AbortSignal },
): Promise<void> {
  const now = on.now();
  const at = retryAt(turn.failures + 1, outcome.retryAfterMs, now, on.random());
  const ours = await stubbornly(stop, () => settleFailed(on.db, turn, { retryAt: at, reason: outcome.reason }, now));
  if (!ours) on.onEvent({ kind: "superseded", tenant: turn.tenant });
  else
    on.onEvent({
      kind: "failed",
      tenant: turn.tenant,
      events: turn.events,
      status: outcome.status,
      ms,
      reason: outcome.reason,
      retryAt: at,
    });
}
