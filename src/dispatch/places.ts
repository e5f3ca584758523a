/**
 * The places for messages being sent that all accounts of this process share, so that no account, and no number of
 * accounts whose servers are silent, takes them all.
 *
 * An account may hold at most twice as many as are free (dynamic thresholds, Choudhury and Hahne 1998). What counts as free:
 *
 *                                   holds none       holds some
 * its server answered last time     all              all but a fifth
 * nobody knows its server yet       all but a tenth  all but a half
 */

/** Who holds places. */
export interface Holder {
  /** How many of them. */
  readonly held: number;
  /** Its server answered the last time it was asked. */
  readonly proven: boolean;
  /** There may be a place for it now. */
  fill(): void;
}

const PER_FREE_ONE = 2;

/** Whether a holder may have one more of `total` places, of which so many are taken. */
export function mayTake({ held, proven }: Omit<Holder, "fill">, taken: number, total: number): boolean {
  const kept = held === 0 ? (proven ? 0 : 0.1) : proven ? 0.2 : 0.5;
  return held < PER_FREE_ONE * (total - taken - Math.floor(total * kept));
}

export class Places {
  readonly #total: number;
  #taken = 0;
  /** Those that were refused one; who was served last comes last. */
  readonly #waiting = new Set<Holder>();

  constructor(total: number) {
    this.#total = total;
  }

  /** Takes a place, if there is one for this holder; else it is told when there may be one. */
  take(holder: Holder): boolean {
    const may = mayTake(holder, this.#taken, this.#total);
    if (may) this.#taken += 1;
    else this.#waiting.add(holder);
    return may;
  }

  /** Gives a place back, to the first of those who wait that still wants it. */
  leave(): void {
    this.#taken -= 1;
    const taken = this.#taken;
    for (const holder of [...this.#waiting]) {
      if (!mayTake(holder, taken, this.#total)) continue;
      this.#waiting.delete(holder);
      holder.fill();
      if (this.#taken > taken) return;
    }
  }
}
