/** How many connections may be open at once over all pools: those being opened and those saying goodbye count as well. */
export class Berths {
  readonly #shed: () => void;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** `shed` closes a connection that has nothing to do, if there is one: somebody waits for its place. */
  constructor(most: number, shed: () => void) {
    this.#free = most;
    this.#shed = shed;
  }

  /** Somebody waits: a connection with nothing to do is better closed than kept. */
  get isCrowded(): boolean {
    return this.#waiting.length > 0;
  }

  /** Settles when one more connection may be opened, the longest waiting first. */
  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#shed();
    await turn;
  }

  /** A connection is gone, or never came about. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
