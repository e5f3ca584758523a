/** The time that one attachment has to come in. What it waits for here, and not for its source, does not count. */

export class Deadline {
  readonly #ending = new AbortController();
  readonly #parent: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leftMs: number;
  #runsSince = 0;
  #isOver = false;

  /** Runs from now on; `parent` ends it as well. */
  constructor(ms: number, parent: AbortSignal) {
    this.#leftMs = ms;
    this.#parent = parent;
    parent.addEventListener("abort", this.#end);
    if (parent.aborted) this.#end();
    this.#run();
  }

  /** Aborted when the time is over, or the parent. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** The time is over, and nobody else has ended it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Lets the time stand still for so long. */
  async without<T>(waiting: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#runsSince;
    try {
      return await waiting;
    } finally {
      this.#run();
    }
  }

  /** Nothing is waited for any more. */
  release(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener("abort", this.#end);
  }

  #run(): void {
    if (this.signal.aborted) return;
    this.#runsSince = performance.now();
    this.#timer = setTimeout(
      () => {
        this.#isOver = true;
        this.#end();
      },
      Math.max(this.#leftMs, 0),
    );
  }

  readonly #end = () => this.#ending.abort();
}
