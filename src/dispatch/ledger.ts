/** What this process owes an outcome: messages under lease, from their claim until what became of them is written down. */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { ofMessage } from "../logs/steps.ts";
import type { Requests } from "../ports.ts";
import type { Claimed, Lease, Settlement } from "../queue/message.ts";
import { log } from "./log.ts";
import { MOST_UNWRITTEN, Settler } from "./settler.ts";

export interface LedgerOptions {
  db: Database;
  config: Config;
  now(): number;
  requests?: Requests | undefined;
  /** Something became of it, or another's it is: nothing is done for it any more. */
  ended(claimed: Claimed): void;
  /** Written down: where it is ready again or due later, the queue has news. */
  settled(settlement: Settlement): void;
  /** After each group of those. */
  progressed(): void;
}

export class Ledger {
  readonly #settler: Settler;
  readonly #options: LedgerOptions;
  /** Messages that nothing has become of yet, and the bytes of their content by account. */
  #open = 0;
  readonly #bytes = new Map<number, number>();
  #allBytes = 0;
  /** Sent, and not yet written down: still under lease. Nothing else of the message is kept, and not its content. */
  readonly #unwritten = new Map<Settlement, Lease>();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#settler = new Settler(options.db, {
      now: options.now,
      areRequestsCounted: options.requests !== undefined,
      retentionMs: options.config.retentionSeconds * 1000,
      busy: () => this.#open > 0,
      settled: (group) => this.#settled(group),
    });
  }

  /** Messages under lease. */
  get size(): number {
    return this.#open + this.#unwritten.size;
  }

  /** So much is not written down yet that nothing more should be begun. */
  get isFull(): boolean {
    return this.#unwritten.size >= MOST_UNWRITTEN;
  }

  /** Bytes of content in memory: of one account, or of all. */
  bytes(accountKey?: number): number {
    return accountKey === undefined ? this.#allBytes : (this.#bytes.get(accountKey) ?? 0);
  }

  enter(claimed: readonly Claimed[]): void {
    for (const one of claimed) this.#count(one, 1);
  }

  /** Something became of it, which is to be written down. */
  settle(claimed: Claimed, settlement: Settlement): void {
    const { seq, token, leaseUntil } = claimed;
    this.#end(claimed);
    this.#unwritten.set(settlement, { seq, token, leaseUntil });
    this.#settler.add(settlement);
  }

  /** Its lease is over: whoever claims it next sends it. */
  forget(claimed: Claimed): void {
    this.#end(claimed);
    log.warning(...ofMessage(claimed, ": its lease ended before its turn came", { event: "lease_lost" }));
  }

  /** The leases of what is not yet written down. */
  unwritten(): Lease[] {
    return [...this.#unwritten.values()];
  }

  /** Settles once all outcomes are written down. */
  flush(): Promise<void> {
    return this.#settler.flush();
  }

  #end(claimed: Claimed): void {
    this.#count(claimed, -1);
    this.#options.ended(claimed);
  }

  #count({ accountKey, size }: Claimed, sign: 1 | -1): void {
    this.#open += sign;
    this.#allBytes += sign * size;
    const bytes = this.bytes(accountKey) + sign * size;
    if (bytes === 0) this.#bytes.delete(accountKey);
    else this.#bytes.set(accountKey, bytes);
  }

  #settled(group: readonly Settlement[]): void {
    for (const settlement of group) {
      this.#unwritten.delete(settlement);
      this.#options.settled(settlement);
    }
    this.#options.progressed();
  }
}
