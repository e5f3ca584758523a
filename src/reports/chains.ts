/** The chains of turns under way in this process: one a tenant, side by side, and never all of them on dead endpoints. */
import { reason } from "../errors.ts";
import { STANDINGS, type Standing } from "./agenda.ts";
import { type Exchange, MAX_ROUNDS, takeTurn } from "./sync.ts";

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
/** The look behind the last turn, the sweep, the command log. */
const TO_END_WITH = 4;

interface Chain {
  /** How the endpoint was when the chain began. */
  standing: Standing;
  halt: AbortController;
  /** False if the database failed us. */
  done: Promise<boolean>;
}

export class Chains {
  readonly #on: Exchange;
  readonly #ended: (tenant: string, ok: boolean) => void;
  readonly #running = new Map<string, Chain>();
  #stopped = false;

  /** `ended` is told of each chain that is over, and whether the database was with us. */
  constructor(on: Exchange, ended: (tenant: string, ok: boolean) => void) {
    this.#on = on;
    this.#ended = ended;
  }

  /** How many turns may begin, beside the ones under way, with the requests that the runtime still grants. */
  get affordable(): number {
    const left = (this.#on.requests?.left ?? Number.POSITIVE_INFINITY) - TO_END_WITH;
    return Math.max(0, Math.floor(left / TURN_REQUESTS) - this.#running.size);
  }

  /**
   * Begins a chain of turns that goes on while the application has more, until `until` at most; answers its end. Answers
   * "busy" if the tenant has one, "full" if there is no room.
   */
  begin(tenant: string, standing: Standing, until: number): Promise<boolean> | "busy" | "full" {
    if (this.#running.has(tenant)) return "busy";
    if (this.#stopped || !this.#hasRoom(standing)) return "full";
    const halt = new AbortController();
    const done = this.#turns(tenant, until, halt.signal).then((ok) => {
      this.#running.delete(tenant);
      this.#ended(tenant, ok);
      return ok;
    });
    this.#running.set(tenant, { standing, halt, done });
    return done;
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

  async #turns(tenant: string, until: number, halt: AbortSignal): Promise<boolean> {
    try {
      for (let round = 1; round <= MAX_ROUNDS; round++) {
        const again = await takeTurn(this.#on, tenant, round, halt);
        if (!again || this.#stopped || this.#on.now() >= until || this.affordable === 0) break;
      }
      return true;
    } catch (error) {
      this.#on.onEvent({ kind: "fault", tenant, reason: reason(error) });
      return false;
    }
  }
}
