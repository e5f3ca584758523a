/** Collects what became of messages and writes it down in groups, soon enough that a crash repeats little. */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Settlement } from "../queue/message.ts";
import { settle } from "../queue/settle.ts";
import { log } from "./log.ts";

/** Outcomes are written down when there are this many, or when the first of them is this old. */
const GROUP = 64;
const GROUP_MS = 50;
/** One group that is being written, and another one that waits: where there are more, nothing is begun, so that a crash repeats no more. */
export const MOST_UNWRITTEN = 2 * GROUP;
/** Wait between tries while the database is away. What was sent is remembered here until it is written down. */
const RETRY_MS = 500;
/** Where each request is counted the wait grows so far. Elsewhere it does not: what is back is written to before leases end. */
const LONGEST_COUNTED_RETRY_MS = 4_000;

export interface SettlerOptions {
  now(): number;
  retentionMs: number;
  /** The runtime grants only so many requests. */
  areRequestsCounted: boolean;
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
    this.#schedule();
  }

  /** Settles once everything that was added is written down. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      if (this.#writing === undefined) this.#write();
      await this.#writing;
    }
  }

  /** Now, where the group is full or nothing else is to come; else soon. One group is written at a time. */
  #schedule(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0) return;
    if (this.#waiting.length >= GROUP || !this.#options.busy()) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), GROUP_MS);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting.splice(0, GROUP);
    this.#writing = this.#persist(group).then(() => {
      this.#writing = undefined;
      this.#options.settled(group);
      this.#schedule();
    });
  }

  async #persist(group: Settlement[]): Promise<void> {
    const longest = this.#options.areRequestsCounted ? LONGEST_COUNTED_RETRY_MS : RETRY_MS;
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, longest)) {
      try {
        const lost = await settle(this.#db, group, this.#options.now(), this.#options.retentionMs);
        for (const { seq, tenantId, state } of lost)
          log.warning(
            "a message of tenant {tenant_id} became {state}, and its lease was lost before that was written down",
            {
              ...{ event: "lease_lost", tenant_id: tenantId, seq, state },
            },
          );
        return;
      } catch (error) {
        log.error("cannot write down what became of {count} messages, trying again: {reason}", {
          count: group.length,
          reason: reason(error),
        });
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}
