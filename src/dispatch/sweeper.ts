/** Sweeps finished and reported messages now and then, in batches small enough that the queue never waits for them. */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import { sweepReported } from "../reports/retention.ts";
import { log } from "./log.ts";

const EVERY_MS = 60_000;
/** Between two batches of one sweep. */
const PAUSE_MS = 100;
const BATCH = 500;

export class Sweeper {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #retentionMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(db: Database, now: () => number, retentionMs: number) {
    this.#db = db;
    this.#now = now;
    this.#retentionMs = retentionMs;
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
      ({ more } = await sweepReported(this.#db, this.#now(), this.#retentionMs, BATCH));
    } catch (error) {
      log.error("the sweep of finished messages failed: {error}", { error: reason(error) });
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#sweep(), more ? PAUSE_MS : EVERY_MS);
  }
}
