/** One account's messages on their way: claimed ones in line, a few being sent at a time, best priority first. */
import type { Candidate } from "../queue/claim.ts";
import type { Claimed } from "../queue/message.ts";

export interface LaneOptions {
  /** How many messages are sent at once, as the account is now. */
  width(account: Candidate): number;
  send(claimed: Claimed): Promise<void>;
  /** Whether the process as a whole may begin another one. */
  mayBegin(): boolean;
  /** One has ended: another lane may be first to have its place. */
  ended(): void;
  /** The line has become short: time to claim more. */
  short(): void;
}

export class Lane {
  readonly #options: LaneOptions;
  /** The account as the last claim saw it. */
  account: Candidate;
  /** The queue held more than was taken: worth asking again when the line is short. */
  hasMore = false;
  #line: Claimed[] = [];
  readonly #sending = new Map<Claimed, Promise<void>>();

  constructor(account: Candidate, options: LaneOptions) {
    this.account = account;
    this.#options = options;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Everything under lease for this account. */
  held(): Claimed[] {
    return [...this.#line, ...this.#sending.keys()];
  }

  add(claimed: readonly Claimed[]): void {
    this.#line = [...this.#line, ...claimed].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
    this.fill();
  }

  /** Begins as many as there is room for. */
  fill(): void {
    while (this.#sending.size < this.#options.width(this.account) && this.#options.mayBegin()) {
      const next = this.#line.shift();
      if (next === undefined) return;
      const sending = this.#options.send(next).finally(() => {
        this.#sending.delete(next);
        this.#options.ended();
        this.fill();
        if (this.hasMore && this.#line.length < this.#options.width(this.account)) this.#options.short();
      });
      this.#sending.set(next, sending);
    }
  }

  /** Takes back what has not been begun. */
  clear(): Claimed[] {
    return this.#line.splice(0);
  }

  /** Takes one back, if it has not been begun. */
  drop(claimed: Claimed): boolean {
    const at = this.#line.indexOf(claimed);
    if (at !== -1) this.#line.splice(at, 1);
    return at !== -1;
  }

  /** Settles when nothing is being sent any more. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending.values());
  }
}
