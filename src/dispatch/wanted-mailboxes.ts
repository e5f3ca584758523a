/** Which mailboxes there are to be read, as their settings were at most a poll interval ago. */
import { pruneMailboxes } from "../bounces/mailbox-lease.ts";
import type { Database } from "../db/database.ts";
import type { Vault } from "../security/vault.ts";
import { type MailboxSettings, readMailboxes } from "../tenancy/mailboxes.ts";

export class WantedMailboxes {
  readonly #db: Database;
  readonly #vault: Vault;
  readonly #longestMs: number;
  #all: readonly MailboxSettings[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database, vault: Vault, longestMs: number) {
    this.#db = db;
    this.#vault = vault;
    this.#longestMs = longestMs;
  }

  get all(): readonly MailboxSettings[] {
    return this.#all;
  }

  has(id: string): boolean {
    return this.#all.some((one) => one.id === id);
  }

  /** Somebody has changed something: the next look is at what there is by then. */
  outdate(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Reads the settings where they are too old, and forgets what was known of mailboxes that are gone. */
  async refresh(now: number): Promise<void> {
    // Whichever way the clock was set meanwhile.
    if (Math.abs(now - this.#readAt) < this.#longestMs) return;
    const before = this.#all;
    this.#all = await readMailboxes(this.#db, this.#vault);
    this.#readAt = now;
    if (before.some(({ id }) => !this.has(id))) await pruneMailboxes(this.#db);
  }
}
