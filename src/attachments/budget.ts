/**
 * Bytes of attachments in memory, over all messages of this process: who asks for more than there is waits for its turn.
 *
 * A message takes as it reads, since nobody knows how much will come. Each account may hold twice what is left free, so that
 * none has it all (the same rule as dispatch/places.ts). That alone could end with every message holding a part and waiting
 * for the rest; so the eldest of an account that has nothing complete may exceed the budget, up to twice of it. And the
 * eldest of all these goes as if the parts of others, which wait for it, were not there. What is complete goes as soon as it
 * is sent, and waits for nobody here; but it is there, however long its server takes. So all of it is at most four times the
 * budget, or twice of it and the largest attachment.
 */
import { AttachmentError } from "./content.ts";

/** An account may hold so many times what is free, and the eldest exceed the budget so many times. */
const FACTOR = 2;

interface Waiting {
  holding: Holding;
  bytes: number;
  go(): void;
}

export class Budget {
  readonly #capacity: number;
  readonly #mostAlone: number;
  /** In the order in which they were opened. */
  readonly #open = new Set<Holding>();
  #waiting: Waiting[] = [];
  #ahead: Holding | undefined;

  /** `largest`: one attachment of that size goes in any case. */
  constructor(capacity: number, largest: number) {
    this.#capacity = capacity;
    this.#mostAlone = Math.max(FACTOR * capacity, largest);
  }

  /** Bytes held by all. */
  get held(): number {
    return sum(this.#open);
  }

  /** One message of this account begins to take. */
  open(account: number): Holding {
    const holding = new Holding(account, this);
    this.#open.add(holding);
    return holding;
  }

  /**
   * Settles once so many more bytes are the holding's; rejects where the signal aborts, or a message can never have so many.
   * `waits` is told where there is no room yet.
   */
  async grow(holding: Holding, bytes: number, signal: AbortSignal, waits?: () => void): Promise<void> {
    if (holding.bytes + bytes > this.#mostAlone)
      throw new AttachmentError(`with the others of its message it has more than ${this.#mostAlone} bytes`, true);
    if (this.#grant(holding, bytes)) return;
    waits?.();
    await this.#turn(holding, bytes, signal);
  }

  /** Something was given back, or is complete. */
  serve(holding: Holding): void {
    if (holding.isReleased) this.#open.delete(holding);
    this.#waiting = this.#waiting.filter((waiting) => {
      const isGranted = this.#grant(waiting.holding, waiting.bytes);
      if (isGranted) waiting.go();
      return !isGranted;
    });
  }

  #turn(holding: Holding, bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        holding,
        bytes,
        go: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #grant(holding: Holding, bytes: number): boolean {
    const may = this.#fits(holding, bytes) || this.#mayExceed(holding, bytes);
    if (may) holding.bytes += bytes;
    return may;
  }

  #fits({ account }: Holding, bytes: number): boolean {
    const free = this.#capacity - this.held - bytes;
    return free >= 0 && sum(this.#of(account)) + bytes <= FACTOR * free;
  }

  #mayExceed(holding: Holding, bytes: number): boolean {
    const complete = [...this.#open].filter(({ isComplete }) => isComplete);
    const accounts = new Set(complete.filter(({ counts }) => counts).map(({ account }) => account));
    const inNeed = [...this.#open].filter(({ account, isComplete }) => !isComplete && !accounts.has(account));
    const isEldestOfAccount = inNeed.find(({ account }) => account === holding.account) === holding;
    if (isEldestOfAccount && this.held + bytes <= FACTOR * this.#capacity) return true;
    const isFirst = holding === (this.#first() ?? inNeed[0]);
    if (!isFirst || sum(complete) + holding.bytes + bytes > this.#mostAlone) return false;
    this.#ahead = holding;
    return true;
  }

  /** Who has exceeded all bounds goes on until it is complete. */
  #first(): Holding | undefined {
    return this.#ahead === undefined || this.#ahead.isComplete || this.#ahead.isReleased ? undefined : this.#ahead;
  }

  #of(account: number): Holding[] {
    return [...this.#open].filter((holding) => holding.account === account && holding.counts);
  }
}

/** What one message holds. */
export class Holding {
  readonly account: number;
  readonly #budget: Budget;
  bytes = 0;
  /** All of it has come: nothing more will be asked for. */
  isComplete = false;
  isReleased = false;

  constructor(account: number, budget: Budget) {
    this.account = account;
    this.#budget = budget;
  }

  /** It has something, or will have. */
  get counts(): boolean {
    return this.bytes > 0 || !this.isComplete;
  }

  grow(bytes: number, signal: AbortSignal, waits?: () => void): Promise<void> {
    return this.#budget.grow(this, bytes, signal, waits);
  }

  /** So many are not in memory any more. */
  shrink(bytes: number): void {
    this.bytes -= bytes;
    this.#budget.serve(this);
  }

  complete(): void {
    this.isComplete = true;
    this.#budget.serve(this);
  }

  release(): void {
    this.isReleased = true;
    this.shrink(this.bytes);
  }
}

function sum(holdings: Iterable<Holding>): number {
  let bytes = 0;
  for (const holding of holdings) bytes += holding.bytes;
  return bytes;
}
