/**
 * The reporter of one process: keeps every tenant told, each for itself.
 *
 * 1. look      who is due? (lookout.ts says when to ask)
 * 2. begin     one chain of turns a tenant, side by side, while its application has more
 * 3. look      at the tenant once more: what came in meanwhile, and when it is due next
 *
 * The database is the queue. What finds no room now is simply still due when a chain ends.
 */
import { reason } from "../errors.ts";
import { requestSync, TENANTS } from "./agenda.ts";
import { Chains, MAX_CHAINS } from "./chains.ts";
import { readAgenda } from "./due.ts";
import { Lookout } from "./lookout.ts";
import { type Exchange, MAX_ROUNDS, takeTurn } from "./sync.ts";

export interface ReporterOptions extends Exchange {
  /** The longest wait before a look at what other processes put into the database. */
  pollIntervalMs: number;
  /** Nothing happens by the clock or by news, only by `runNow` (and `tick`). */
  manual: boolean;
}

export class Reporter {
  readonly #on: ReporterOptions;
  readonly #chains: Chains;
  readonly #lookout: Lookout;
  /** Somebody was due and found no room. */
  #crowded = false;

  constructor(options: ReporterOptions) {
    this.#on = options;
    const { now, requests, pollIntervalMs, manual, onEvent } = options;
    const fault = (tenant: string | undefined, why: string) => onEvent({ kind: "fault", tenant, reason: why });
    this.#chains = new Chains({
      ...{ now, requests, fault },
      turn: (tenant, round, { halt }) => takeTurn(options, tenant, round, halt),
      mostRounds: MAX_ROUNDS,
      ended: (tenant, ok) => this.#chainEnded(tenant, ok),
    });
    this.#lookout = new Lookout({
      ...{ now, pollIntervalMs, manual },
      look: (tenants) => this.#look(tenants),
      failed: (error) => fault(undefined, reason(error)),
    });
  }

  start(): void {
    this.#lookout.start();
  }

  /** There is news for a tenant (or, without one, for somebody): it is told at once. */
  wake(tenant?: string): void {
    this.#lookout.wake(tenant);
  }

  /**
   * Calls a tenant now, whatever was agreed about idle calls or rest; false if it has no sync URL or is inactive. Without
   * a tenant, calls those who are due. Answers as soon as the wish is stored.
   */
  async runNow(tenant?: string): Promise<boolean> {
    const callable = tenant === undefined || (await requestSync(this.#on.db, tenant));
    this.#lookout.lookNow(tenant);
    return callable;
  }

  /** Unix milliseconds of the next call, now if one is due; undefined if there is no tenant to call. */
  async nextDueAt(): Promise<number | undefined> {
    const now = this.#on.now();
    const { due, nextAt } = await readAgenda(this.#on.db, TENANTS, now, 1);
    return due.length > 0 ? now : nextAt;
  }

  /** One bounded pass without the loop, for runtimes that only wake now and then: answers how many tenants were served. */
  tick({ tenants, until }: { tenants: number; until: number }): Promise<number> {
    const due = async (most: number) => (await readAgenda(this.#on.db, TENANTS, this.#on.now(), most)).due;
    return this.#chains.pass(tenants, until, due);
  }

  /** Begins no further call and waits for those under way, then aborts them; their batches stay for the next process. */
  async stop(timeoutMs: number): Promise<void> {
    await Promise.all([this.#lookout.stop(), this.#chains.stop(timeoutMs)]);
  }

  async #look(tenants: readonly string[] | undefined): Promise<number | undefined> {
    const { due, nextAt } = await readAgenda(this.#on.db, TENANTS, this.#on.now(), MAX_CHAINS, tenants);
    for (const { id, standing } of due) {
      if (this.#chains.begin(id, standing, Number.POSITIVE_INFINITY) === "full") this.#crowded = true;
    }
    return nextAt;
  }

  #chainEnded(tenant: string, ok: boolean): void {
    if (!ok) return; // The database failed us: the poll is soon enough.
    if (this.#crowded) this.#lookout.lookSoon();
    this.#crowded = false;
    this.#lookout.wake(tenant);
  }
}
