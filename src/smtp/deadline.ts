/** A bound on every wait of one connection, by one timer: nearly every wait is over long before its time. */

export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires, and when the wait must be over; milliseconds of the monotonic clock. */
  #firesAt = Number.POSITIVE_INFINITY;
  #until = 0;
  #expire: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  /** The outcome of `work`, or TimedOut after `ms` milliseconds with `complaint` as its text; one wait at a time. */
  within<T>(work: Promise<T>, ms: number, complaint: string): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#expire = () => reject(new TimedOut(`${complaint} within ${ms} ms`));
      this.#cancel = () => reject(new Error("the connection was given up"));
      this.#until = performance.now() + ms;
      if (this.#until < this.#firesAt) this.#arm(ms);
      work.then(resolve, reject);
    });
  }

  /** Ends the present wait, if there is one, whatever becomes of what it waits for. */
  end(): void {
    clearTimeout(this.#timer);
    this.#firesAt = Number.POSITIVE_INFINITY;
    this.#cancel?.();
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = performance.now() + ms;
    this.#timer = setTimeout(() => this.#fire(), ms);
    this.#timer.unref?.(); // a number, in workerd; elsewhere it outlives the wait, and shall not keep a process alive
  }

  /** The wait that the timer was set for may have ended, and others begun since. To reject one that is over does nothing. */
  #fire(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const left = this.#until - performance.now();
    if (left > 0) this.#arm(left);
    else this.#expire?.();
  }
}
