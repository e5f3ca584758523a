/** Takes away now and then what is done with, in batches small enough that the queue never waits for them. */
import { reason } from "../errors.ts";
import { log } from "./log.ts";

const EVERY_MS = 60_000;
/** Between two batches of one sweep. */
const PAUSE_MS = 100;

/** Takes one batch away; `more`: there may be another. */
export type Sweep = () => Promise<{ more: boolean }>;

export class Sweeper {
  readonly #what: string;
  readonly #batch: Sweep;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** `what` it sweeps, for the log. */
  constructor(what: string, batch: Sweep) {
    this.#what = what;
    this.#batch = batch;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#sweep(), PAUSE_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #sweep(): Promise<void> {
    let more = false;
    try {
      ({ more } = await this.#batch());
    } catch (error) {
      log.error("the sweep of {what} failed: {reason}", { what: this.#what, reason: reason(error) });
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#sweep(), more ? PAUSE_MS : EVERY_MS);
  }
}
