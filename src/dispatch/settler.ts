/** Collects what became of messages and writes it down in groups, soon enough that a crash repeats little. */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Settlement } from "../queue/message.ts";
import { settle } from "../queue/settle.ts";
import { log } from "./log.ts";

/** A crash repeats at most what servers took since the last settle: this many messages, or this long. */
const GROUP = 64;
const GROUP_MS = 50;
/** Wait between tries while the database is away. What was sent is remembered here until it is written down. */
const RETRY_MS = 500;

export interface SettlerOptions {
  now(): number;
  retentionMs: number;
  /** Whether anything is still being sent, so that waiting could fill the group. */
  busy(): boolean;
  /** Called after the commit. */
  settled(group: readonly Settlement[]): void;
}

export class Settler {
  readonly #db: Database;
  readonly #options: SettlerOptions;
  #waiting: Settlement[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;

  constructor(db: Database, options: SettlerOptions) {
    this.#db = db;
    this.#options = options;
  }

  add(settlement: Settlement): void {
    this.#waiting.push(settlement);
    if (this.#waiting.length >= GROUP || !this.#options.busy()) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), GROUP_MS);
  }

  /** Settles once everything that was added is written down. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      this.#write();
      await this.#writing;
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP);
      await this.#persist(group);
      this.#options.settled(group);
    }
    this.#writing = undefined; // here and not later: what is added from now on begins a new one
  }

  async #persist(group: Settlement[]): Promise<void> {
    for (;;) {
      try {
        const lost = await settle(this.#db, group, this.#options.now(), this.#options.retentionMs);
        for (const { seq } of lost)
          log.warning("message {seq}: its lease was lost before it could be settled", { seq });
        return;
      } catch (error) {
        log.error("cannot write down what became of {count} messages, trying again: {error}", {
          count: group.length,
          error: reason(error),
        });
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
