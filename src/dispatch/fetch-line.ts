/** Messages of one account that need files of the same hosts: those being fetched for, and those that wait for a place. */
import type { Holder, Places } from "./places.ts";

export interface FetchLineOptions {
  places: Places;
  /** Messages of the same account that are being fetched for, of all its lines; one more or less. */
  account: { held: number };
  /** Whether anything may be begun at all. */
  mayBegin(): boolean;
}

export class FetchLine implements Holder {
  readonly #options: FetchLineOptions;
  /** What was last fetched came, or will never. */
  proven = false;
  #fetching = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: FetchLineOptions) {
    this.#options = options;
  }

  /** Its account's places count as well: neither one account with many hosts nor one host takes them all. */
  get held(): number {
    return this.#fetching + this.#options.account.held;
  }

  get isIdle(): boolean {
    return this.#fetching + this.#waiting.size === 0;
  }

  /** Waits for a place; false once the signal aborts, and there is none to give back then. */
  enter(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener("abort", leave);
        resolve(true);
      };
      const leave = () => {
        if (this.#waiting.delete(begin)) resolve(false);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(begin);
      this.fill();
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.#fetching -= 1;
    this.#options.account.held -= 1;
    this.#options.places.leave();
    this.fill();
  }

  fill(): void {
    for (const begin of this.#waiting) {
      if (!this.#options.mayBegin() || !this.#options.places.take(this)) return;
      this.#waiting.delete(begin);
      this.#fetching += 1;
      this.#options.account.held += 1;
      begin();
    }
  }
}
