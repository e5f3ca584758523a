/** One at a time for each key: who comes second finds what the first has done. */

export class Turns {
  readonly #underWay = new Map<string, Promise<unknown>>();

  /** Rejects as `work` does; what others' work ended in is no matter. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key) ?? Promise.resolve();
    const own = before.then(work, work);
    this.#underWay.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#underWay.get(key) === own) this.#underWay.delete(key);
    }
  }
}
