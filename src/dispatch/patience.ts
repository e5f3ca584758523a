/** How often each message was put off because its server had no time or room for anything: in the end it is the message's own fault. */

/** A server that says so of one message each time (421 is some servers' word for a bad recipient) must not hold up its account. */
const TIMES = 3;
/** Messages that other processes took over are never heard of again. */
const REMEMBERED = 10_000;

export class Patience {
  readonly #times = new Map<number, number>();

  /** Whether the message may be put off once more without its costing an attempt. */
  has(seq: number): boolean {
    const times = (this.#times.get(seq) ?? 0) + 1;
    this.end(seq);
    if (times >= TIMES) return false;
    this.#times.set(seq, times);
    if (this.#times.size > REMEMBERED) this.#times.delete(this.#times.keys().next().value ?? seq);
    return true;
  }

  /** The message has had its attempt. */
  end(seq: number): void {
    this.#times.delete(seq);
  }
}
