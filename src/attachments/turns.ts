/**
 * Who needs what somebody else is fetching waits for the end of that, and finds it in the cache then.
 *
 * It waits once: of a server that is silent nobody waits in line. And who fetches lets the others pass as soon as it waits
 * for anything but its server, since that might be what they hold.
 */
export class Turns {
  readonly #underWay = new Map<string, Promise<void>>();

  /** `work` may call `pass` to keep nobody waiting any longer; what others' work ended in is no matter. Rejects as `work` does. */
  async take<T>(key: string, signal: AbortSignal, work: (pass: () => void) => Promise<T>): Promise<T> {
    const other = this.#underWay.get(key);
    if (other !== undefined) await this.#end(other, signal);
    signal.throwIfAborted();
    const pass = this.#underWay.has(key) ? () => undefined : this.#begin(key);
    try {
      return await work(pass);
    } finally {
      pass();
    }
  }

  /** Answers what ends it. */
  #begin(key: string): () => void {
    let isOver = false;
    let end = (): void => undefined;
    this.#underWay.set(
      key,
      new Promise((resolve) => {
        end = resolve;
      }),
    );
    return () => {
      if (!isOver) this.#underWay.delete(key);
      isOver = true;
      end();
    };
  }

  /** Settles when what is under way has ended, well or not, or the signal aborts. */
  #end(other: Promise<void>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener("abort", go);
        resolve();
      };
      signal.addEventListener("abort", go);
      if (signal.aborted) go();
      void other.then(go);
    });
  }
}
