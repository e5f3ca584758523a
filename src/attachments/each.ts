/** Works through a list, a few entries at a time. */

/** Rejects with the first failure, once what was begun has ended; nothing is begun after one. */
export async function each<T>(list: Iterable<T>, atOnce: number, work: (entry: T) => Promise<void>): Promise<void> {
  const entries = list[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = entries.next(); !next.done && failures.length === 0; next = entries.next())
      await work(next.value).catch((failure: unknown) => failures.push(failure));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}
