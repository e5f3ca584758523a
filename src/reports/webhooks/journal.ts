/** What came of the calls of a turn, until it is written down: in small groups on the way, so that a crash repeats little. */
import type { Database } from "../../db/database.ts";
import { stubbornly } from "../stubbornly.ts";
import type { Outcome } from "./call.ts";
import type { Claim, Delivery, Health } from "./claim.ts";
import type { Results } from "./results.ts";
import { nextAttemptAt } from "./schedule.ts";
import { type Ended, type Ending, settleAndEnd, settleAndKeep } from "./settle.ts";

/** What was called is written down when the first of it is this old. */
const GROUP_MS = 250;

/** A call that was answered, or not. */
export interface Made {
  outcome: Exclude<Outcome, { kind: "aborted" }>;
  /** Unix milliseconds. */
  at: number;
  durationMs: number;
}

export class Journal {
  readonly #db: Database;
  readonly #claim: Claim;
  /** Calls so far, by delivery: its log goes on where it ended. */
  readonly #calls = new Map<number, number>();
  #results: Results = nothing();
  /** When the first call was made that is not written down. */
  #openSince: number | undefined;
  #health: Health;
  #delivered = 0;

  constructor(db: Database, claim: Claim) {
    this.#db = db;
    this.#claim = claim;
    this.#health = { failingSince: claim.failingSince, failures: claim.failures };
  }

  get health(): Health {
    return this.#health;
  }

  /** How many were taken in this turn. */
  get delivered(): number {
    return this.#delivered;
  }

  log({ seq, calls }: Delivery, { outcome, at, durationMs }: Made): void {
    const number = (this.#calls.get(seq) ?? calls) + 1;
    this.#calls.set(seq, number);
    this.#openSince ??= at;
    const isTaken = outcome.kind === "taken";
    const { status = null, answer = null } = outcome;
    const error = isTaken ? null : outcome.reason;
    this.#results.calls.push({ seq, number, at, durationMs, isTaken, status, answer, error });
  }

  /** `isAhead`: it went before others of its line. */
  taken({ seq, attempts }: Delivery, isAhead: boolean, at: number): void {
    this.#results.delivered.push({ seq, attempts: attempts + 1, aside: isAhead, at });
    this.#health = { failingSince: null, failures: 0 };
    this.#delivered += 1;
  }

  /** It may be the endpoint's fault. */
  refused(at: number): void {
    const { failingSince, failures } = this.#health;
    this.#health = { failingSince: failingSince ?? at, failures: failures + 1 };
  }

  /** It is its own fault: from now on it is tried by its own schedule. What was tried before its time keeps its count. */
  putAside({ seq, attempts, nextAt }: Delivery, now: number): void {
    const isEarly = nextAt > this.#claim.at;
    const counted = { seq, attempts: attempts + 1, nextAt: nextAttemptAt(attempts + 1, now) };
    this.#results.aside.push(isEarly ? { seq, attempts, nextAt } : counted);
  }

  /** Writes down what is old enough; false if the turn was no longer ours. */
  async keepUp(now: number, stop: AbortSignal): Promise<boolean> {
    if (this.#openSince === undefined || now - this.#openSince < GROUP_MS) return true;
    const results = this.#take();
    return stubbornly(stop, () => settleAndKeep(this.#db, this.#claim, results, now));
  }

  /** Undefined if the turn was no longer ours. */
  end(ending: Omit<Ending, keyof Health>, now: number, stop: AbortSignal): Promise<Ended | undefined> {
    const results = this.#take();
    return stubbornly(stop, () => settleAndEnd(this.#db, this.#claim, results, { ...this.#health, ...ending }, now));
  }

  #take(): Results {
    const results = this.#results;
    this.#results = nothing();
    this.#openSince = undefined;
    return results;
  }
}

function nothing(): Results {
  return { calls: [], delivered: [], aside: [] };
}
