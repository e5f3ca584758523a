/** The chains of turns under way in this process: one a tenant, side by side, and never all of them on dead endpoints. */
import { reason } from "../errors.ts";
import { type Exchange, MAX_ROUNDS, takeTurn } from "./sync.ts";

/** Chains at once. Endpoints that failed last time may hold half of them, so that the others always find a free one. */
export const MAX_CHAINS = 256;

/** Claim, call, settle; and a slow call keeps its turn. */
const TURN_REQUESTS = 4;
/** The look behind the last turn, the sweep, the command log. */
const TO_END_WITH = 4;

interface Chain {
  /** How the endpoint was when the chain began. */
  failing: boolean;
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
  begin(tenant: string, failing: boolean, until: number): Promise<boolean> | "busy" | "full" {
    if (this.#running.has(tenant)) return "busy";
    const limit = failing ? MAX_CHAINS / 2 : MAX_CHAINS;
    const rivals = failing ? [...this.#running.values()].filter((chain) => chain.failing).length : 0;
    if (this.#stopped || this.#running.size >= MAX_CHAINS || rivals >= limit) return "full";
    const halt = new AbortController();
    const done = this.#turns(tenant, until, halt.signal).then((ok) => {
      this.#running.delete(tenant);
      this.#ended(tenant, ok);
      return ok;
    });
    this.#running.set(tenant, { failing, halt, done });
    return done;
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
