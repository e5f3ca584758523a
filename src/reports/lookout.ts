/**
 * When a process looks at whom it has to call: at once when told of news, when the next thing is due, and every poll
 * interval at the latest, since other processes put things into the database, too. One look at a time.
 */

/** A burst of settled messages travels in one call, and nobody notices the wait. */
const GATHER_MS = 50;

export interface LookoutOptions {
  now(): number;
  /** The longest wait before a look at what other processes put into the database. */
  pollIntervalMs: number;
  /** Nothing happens by the clock or by news, only when it is asked to look. */
  manual: boolean;
  /** Looks at these tenants, or at all, and begins what is due; answers when the next thing is, Unix milliseconds. */
  look(tenants: readonly string[] | undefined): Promise<number | undefined>;
  /** The look failed; the poll is soon enough for another one. */
  failed(error: unknown): void;
}

export class Lookout {
  readonly #on: LookoutOptions;
  readonly #woken = new Set<string>();
  #everyone = false;
  #phase: "idle" | "started" | "stopped" = "idle";
  /** When to look at everyone again, Unix milliseconds. */
  #nextLookAt = 0;
  #looking: Promise<void> | undefined;
  #timer: { at: number; handle: ReturnType<typeof setTimeout> } | undefined;

  constructor(options: LookoutOptions) {
    this.#on = options;
  }

  start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "started";
    this.wake();
  }

  /** There is news for a tenant (or, without one, for somebody). */
  wake(tenant?: string): void {
    if (this.#on.manual || this.#phase !== "started") return;
    this.lookSoon(tenant);
  }

  /** Looks once more at a tenant or at everyone, also where news alone moves nothing. */
  lookSoon(tenant?: string): void {
    this.#note(tenant);
    this.#schedule();
  }

  /** At once, or right after the look under way. */
  lookNow(tenant?: string): void {
    this.#note(tenant);
    if (this.#phase === "started") this.#look();
  }

  /** Time alone makes something due then, Unix milliseconds. */
  expect(at: number): void {
    this.#nextLookAt = Math.min(this.#nextLookAt, at);
    this.#schedule();
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

  /** No further look; settles when the one under way has ended. */
  async stop(): Promise<void> {
    this.#phase = "stopped";
    clearTimeout(this.#timer?.handle);
    await this.#looking;
  }

  #note(tenant: string | undefined): void {
    if (tenant === undefined) this.#everyone = true;
    else this.#woken.add(tenant);
  }

  #look(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    this.#looking ??= this.#lookOnce()
      .catch((error: unknown) => {
        this.#nextLookAt = this.#on.now() + this.#on.pollIntervalMs;
        this.#on.failed(error);
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
    if (everyone) this.#nextLookAt = now + this.#on.pollIntervalMs;
    const nextAt = (await this.#on.look(tenants)) ?? Number.POSITIVE_INFINITY;
    this.#nextLookAt = Math.min(this.#nextLookAt, nextAt);
  }
}
