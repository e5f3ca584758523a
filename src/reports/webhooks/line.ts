/** The head of a webhook's line as a turn works it off, and who can tell whether a refusal is one delivery's own fault: pure. */
import type { Claim, Delivery } from "./claim.ts";

export class Line {
  readonly #rest: Delivery[];
  #newest: Delivery | undefined;

  constructor({ line, newest }: Pick<Claim, "line" | "newest">) {
    this.#rest = [...line];
    this.#newest = newest;
  }

  /** The oldest, which leaves the line. */
  next(): Delivery | undefined {
    return this.#rest.shift();
  }

  /**
   * What else may be tried where the head was refused: the next in line, then the newest, since what is wrong with the oldest
   * may be wrong with all of its kind.
   */
  witnesses(): Delivery[] {
    const [next] = this.#rest;
    if (next === undefined) return [];
    const last = this.#rest.at(-1);
    const newest = this.#newest !== undefined && this.#newest.seq > (last?.seq ?? 0) ? this.#newest : last;
    return newest === undefined || newest === next ? [next] : [next, newest];
  }

  /** Whether others stand before it. */
  isAhead(delivery: Delivery): boolean {
    return this.#rest[0] !== delivery;
  }

  leave(delivery: Delivery): void {
    const place = this.#rest.indexOf(delivery);
    if (place !== -1) this.#rest.splice(place, 1);
    if (delivery.seq === this.#newest?.seq) this.#newest = undefined;
  }
}
