/**
 * The reporter of one process: keeps every tenant told, each for itself.
 *
 * 1. look      who is due? asked when told of news, when the next thing is due, and every poll interval at the latest
 * 2. begin     one chain of turns a tenant, side by side, while its application has more
 * 3. look      at the tenant once more: what came in meanwhile, and when it is due next
 *
 * The database is the queue. What finds no room now is simply still due when a chain ends.
 */
import { reason } from "../errors.ts";
import { readAgenda, requestSync } from "./agenda.ts";
import { Chains, MAX_CHAINS } from "./chains.ts";
import type { Exchange } from "./sync.ts";

/** A burst of settled messages travels in one call, and nobody notices the wait. */
const GATHER_MS = 50;

export interface ReporterOptions extends Exchange {
  /** The longest wait before a look at what other processes put into the database. */
  pollIntervalMs: number;
  /** Nothing happens by the clock or by news, only by `runNow` (and `tick`). */
  manual: boolean;
}

export class Reporter {
  readonly #on: ReporterOptions;
  readonly #chains: Chains;
  readonly #woken = new Set<string>();
  #phase: "idle" | "started" | "stopped" = "idle";
  #everyone = false;
  /** When to look at everyone again, Unix milliseconds. */
  #nextLookAt = 0;
  #looking: Promise<void> | undefined;
  #timer: { at: number; handle: ReturnType<typeof setTimeout> } | undefined;
  /** Somebody was due and found no room. */
  #crowded = false;

  constructor(options: ReporterOptions) {
    this.#on = options;
    this.#chains = new Chains(options, (tenant, ok) => this.#chainEnded(tenant, ok));
  }

  start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "started";
    this.wake();
  }

  /** There is news for a tenant (or, without one, for somebody): it is told at once. */
  wake(tenant?: string): void {
    if (this.#on.manual || this.#phase !== "started") return;
    this.#note(tenant);
    this.#schedule();
  }

  /**
   * Calls a tenant now, whatever was agreed about idle calls or rest; false if it has no sync URL or is inactive. Without
   * a tenant, calls those who are due. Answers as soon as the wish is stored.
   */
  async runNow(tenant?: string): Promise<boolean> {
    const callable = tenant === undefined || (await requestSync(this.#on.db, tenant));
    this.#note(tenant);
    if (this.#phase === "started") this.#look();
    return callable;
  }

  /** Unix milliseconds of the next call, now if one is due; undefined if there is no tenant to call. */
  async nextDueAt(): Promise<number | undefined> {
    const now = this.#on.now();
    const { due, nextAt } = await readAgenda(this.#on.db, now, 1);
    return due.length > 0 ? now : nextAt;
  }

  /** One bounded pass without the loop, for runtimes that only wake now and then: answers how many tenants were served. */
  async tick(budget: { tenants: number; until: number }): Promise<number> {
    let served = 0;
    while (served < budget.tenants && this.#on.now() < budget.until) {
      const most = Math.min(budget.tenants - served, MAX_CHAINS, this.#chains.affordable);
      if (most === 0) break;
      const { due } = await readAgenda(this.#on.db, this.#on.now(), most);
      const begun = due.map(({ id, standing }) => this.#chains.begin(id, standing, budget.until));
      const chains = begun.filter((chain) => typeof chain !== "string");
      served += chains.length;
      const went = await Promise.all(chains);
      // Nobody else was due, or the database fails us: the next tick is soon enough.
      if (due.length < most || !went.includes(true)) break;
    }
    return served;
  }

  /** Begins no further call and waits for those under way, then aborts them; their batches stay for the next process. */
  async stop(timeoutMs: number): Promise<void> {
    this.#phase = "stopped";
    clearTimeout(this.#timer?.handle);
    await Promise.all([this.#looking, this.#chains.stop(timeoutMs)]);
  }

  #note(tenant: string | undefined): void {
    if (tenant === undefined) this.#everyone = true;
    else this.#woken.add(tenant);
  }

  /** Sets the timer to the next look. News never postpones a look that is already set. */
  #schedule(): void {
    if (this.#phase !== "started" || this.#looking !== undefined) return;
    const news = this.#everyone || this.#woken.size > 0;
    if (this.#on.manual && !news) return;
    const now = this.#on.now();
    const at = news ? now + GATHER_MS : this.#nextLookAt;
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    clearTimeout(this.#timer?.handle);
    // A clock that was set back must not make the wait longer.
    const wait = Math.min(Math.max(0, at - now), this.#on.pollIntervalMs);
    this.#timer = { at, handle: setTimeout(() => this.#look(), wait) };
  }

  #look(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    this.#looking ??= this.#lookOnce()
      .catch((error: unknown) => {
        this.#nextLookAt = this.#on.now() + this.#on.pollIntervalMs;
        this.#on.onEvent({ kind: "fault", tenant: undefined, reason: reason(error) });
      })
      .finally(() => {
        this.#looking = undefined;
        this.#schedule();
      });
  }

  async #lookOnce(): Promise<void> {
    const now = this.#on.now();
    const everyone = this.#everyone || this.#woken.size === 0 || (now >= this.#nextLookAt && !this.#on.manual);
    const tenants = everyone ? undefined : [...this.#woken];
    this.#everyone = false;
    this.#woken.clear();
    const { due, nextAt = Number.POSITIVE_INFINITY } = await readAgenda(this.#on.db, now, MAX_CHAINS, tenants);
    this.#nextLookAt = Math.min(everyone ? now + this.#on.pollIntervalMs : this.#nextLookAt, nextAt);
    for (const { id, standing } of due) {
      if (this.#chains.begin(id, standing, Number.POSITIVE_INFINITY) === "full") this.#crowded = true;
    }
  }

  #chainEnded(tenant: string, ok: boolean): void {
    if (!ok) return; // The database failed us: the poll is soon enough.
    if (this.#crowded) this.#everyone = true;
    this.#crowded = false;
    this.wake(tenant);
    this.#schedule();
  }
}
