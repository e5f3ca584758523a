/** The chains of turns under way in this process: one an endpoint, side by side, and never all of them on dead endpoints. */
import { reason } from "../errors.ts";
import type { Requests } from "../ports.ts";
import { type Due, STANDINGS, type Standing } from "./due.ts";

/** Chains at once. */
export const MAX_CHAINS = 256;
/**
 * How many of them endpoints of a standing, and of worse ones, may hold together: those that failed last time leave room for
 * those that have never been called, and both for those that answer.
 */
const ROOM: Record<Standing, number> = {
  answering: MAX_CHAINS,
  unknown: (MAX_CHAINS * 3) / 4,
  failing: MAX_CHAINS / 2,
};

/** Claim, call, settle; and a slow call keeps its turn. */
const TURN_REQUESTS = 4;
/** Of a turn that is under way. */
const TO_CALL = TURN_REQUESTS - 1;
/** The look behind the last turn, the sweep, the command log. */
const TO_END_WITH = 4;

/** How long a turn may go on. */
export interface Leash {
  /** Aborted when the process stops and does not wait any longer. */
  halt: AbortSignal;
  /** Whether it may make one more call. */
  mayGoOn(): boolean;
}

export interface ChainsOptions {
  now(): number;
  requests?: Requests | undefined;
  /** Takes a turn with an endpoint; true if the next one should follow at once. `round` counts the turns in a row, from 1. */
  turn(endpoint: string, round: number, leash: Leash): Promise<boolean>;
  /** At most so many turns in a row. */
  mostRounds: number;
  /** The database failed us. */
  fault(endpoint: string, reason: string): void;
  /** A chain is over; `ok`: the database was with us. */
  ended(endpoint: string, ok: boolean): void;
}

interface Chain {
  /** How the endpoint was when the chain began. */
  standing: Standing;
  halt: AbortController;
  /** False if the database failed us. */
  done: Promise<boolean>;
}

export class Chains {
  readonly #on: ChainsOptions;
  readonly #running = new Map<string, Chain>();
  #stopped = false;

  constructor(options: ChainsOptions) {
    this.#on = options;
  }

  /** How many turns may begin, beside the ones under way, with the requests that the runtime still grants. */
  get affordable(): number {
    return Math.max(0, Math.floor(this.#left / TURN_REQUESTS) - this.#running.size);
  }

  get #left(): number {
    return (this.#on.requests?.left ?? Number.POSITIVE_INFINITY) - TO_END_WITH;
  }

  /** Each turn under way may make one more call and then end. */
  get #mayCall(): boolean {
    return this.#left >= TO_CALL * this.#running.size;
  }

  /**
   * Begins a chain of turns that goes on while there is more, until `until` at most; answers its end. Answers "busy" if the
   * endpoint has one, "full" if there is no room.
   */
  begin(endpoint: string, standing: Standing, until: number): Promise<boolean> | "busy" | "full" {
    if (this.#running.has(endpoint)) return "busy";
    if (this.#stopped || !this.#hasRoom(standing)) return "full";
    const halt = new AbortController();
    const done = this.#turns(endpoint, until, halt.signal).then((ok) => {
      this.#running.delete(endpoint);
      this.#on.ended(endpoint, ok);
      return ok;
    });
    this.#running.set(endpoint, { standing, halt, done });
    return done;
  }

  /**
   * One bounded pass for runtimes that only wake now and then: begins a chain with whoever is due, as many as are afforded,
   * and waits for their ends; answers how many there were. `due` reads the next of them.
   */
  async pass(most: number, until: number, due: (most: number) => Promise<Due[]>): Promise<number> {
    let served = 0;
    while (served < most && this.#on.now() < until) {
      const atOnce = Math.min(most - served, MAX_CHAINS, this.affordable);
      if (atOnce === 0) break;
      const found = await due(atOnce);
      const begun = found.map(({ id, standing }) => this.begin(id, standing, until));
      const chains = begun.filter((chain) => typeof chain !== "string");
      served += chains.length;
      const went = await Promise.all(chains);
      // Nobody else was due, or the database fails us: the next pass is soon enough.
      if (found.length < atOnce || !went.includes(true)) break;
    }
    return served;
  }

  #hasRoom(standing: Standing): boolean {
    const ranks = [...this.#running.values()].map((chain) => STANDINGS.indexOf(chain.standing));
    const better = STANDINGS.slice(0, STANDINGS.indexOf(standing) + 1);
    return better.every((one, rank) => ranks.filter((other) => other >= rank).length < ROOM[one]);
  }

  /** Begins nothing any more, waits for the calls under way, and aborts what takes longer; it resolves when all has ended. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    const chains = [...this.#running.values()];
    const abort = () => {
      for (const { halt } of chains) halt.abort();
    };
    const timer = setTimeout(abort, timeoutMs);
    await Promise.all(chains.map(({ done }) => done));
    clearTimeout(timer);
  }

  async #turns(endpoint: string, until: number, halt: AbortSignal): Promise<boolean> {
    const isOver = () => this.#stopped || this.#on.now() >= until;
    const leash = { halt, mayGoOn: () => !isOver() && this.#mayCall };
    try {
      for (let round = 1; round <= this.#on.mostRounds; round++) {
        const again = await this.#on.turn(endpoint, round, leash);
        if (!again || isOver() || this.affordable === 0) break;
      }
      return true;
    } catch (error) {
      this.#on.fault(endpoint, reason(error));
      return false;
    }
  }
}
