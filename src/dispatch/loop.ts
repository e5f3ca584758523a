/** Repeats the pass: at once when something came in or room was made, and exactly when the next thing is due. */
import { rows } from "../db/database.ts";
import { reason } from "../errors.ts";
import { log } from "./log.ts";
import { type Pass, tick } from "./tick.ts";

/** Wait after a pass that failed, so that a database that is away is not hammered. */
const FAILED_MS = 1_000;
/** Wait once the database is back: by then every process has had a try at keeping the leases that ran out meanwhile. */
const RECOVERY_MS = 2 * FAILED_MS;

export interface LoopOptions extends Omit<Pass, "foreseen"> {
  now(): number;
}

export class Loop {
  readonly #options: LoopOptions;
  #running: Promise<void> | undefined;
  #last: Promise<number> = Promise.resolve(0);
  #stopped = false;
  #woken = false;
  /** The last pass failed: the database was away. */
  #failed = false;
  #quietUntil = 0;
  #wakeSleeper: (() => void) | undefined;
  readonly #foreseen = { wakeAt: 0 };

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** One pass now, also where the loop waits for it (TEST_MODE); answers, when it has ended, when the next one is due. */
  async runNow(): Promise<number> {
    const nextAt = await this.#pass();
    this.wake();
    return nextAt;
  }

  /** The first pass looks before it wakes what is due. */
  expectNothingDue(): void {
    this.#foreseen.wakeAt = Number.POSITIVE_INFINITY;
  }

  /** Another pass, now or as soon as the present one has ended. */
  wake(): void {
    this.#woken = true;
    this.#wakeSleeper?.();
  }

  /** No further pass begins; settles when the present one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    await this.#last;
  }

  async #run(): Promise<void> {
    const { config, now } = this.#options;
    while (!this.#stopped) {
      this.#woken = false;
      const next = config.testMode ? Number.POSITIVE_INFINITY : await this.#pass();
      if (!this.#woken) await this.#sleep(next - now());
    }
  }

  /** One at a time: two passes would claim for the same room. */
  #pass(): Promise<number> {
    this.#last = this.#last.then(() => this.#guardedPass());
    return this.#last;
  }

  async #guardedPass(): Promise<number> {
    const { now } = this.#options;
    if (this.#stopped) return Number.POSITIVE_INFINITY;
    try {
      if (this.#failed) await this.#recover();
      if (now() < this.#quietUntil) return this.#quietUntil;
      return await tick({ ...this.#options, foreseen: this.#foreseen }, now());
    } catch (error) {
      this.#failed = true;
      log.error("a pass over the queue failed, trying again: {reason}", { reason: reason(error) });
      return now() + FAILED_MS;
    }
  }

  /**
   * What was sent while the database was away is not written down yet, and its lease may be over. A pass would take it for
   * a dead worker's and send it again: so leases are kept first, here and in the other processes.
   */
  async #recover(): Promise<void> {
    const { config, db, deliveries, now } = this.#options;
    await rows(db, "select 1"); // also where there is no lease to keep: it is not over before the database answers
    await deliveries.renew(config.leaseSeconds * 1000);
    this.#failed = false;
    this.#quietUntil = now() + RECOVERY_MS;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      // A timer takes at most 2^31 - 1 ms; waking early does no harm.
      const timer = setTimeout(() => this.#wakeSleeper?.(), Math.min(Math.max(ms, 0), 2 ** 31 - 1));
      this.#wakeSleeper = () => {
        clearTimeout(timer);
        this.#wakeSleeper = undefined;
        resolve();
      };
    });
  }
}
