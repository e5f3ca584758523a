/** Keeps an examination short: an end for whatever may never answer, and several things at once. */

/** What is asked at once: nobody shall wait for the sum of all time-outs, and no server shall take it for an attack. */
const AT_ONCE = 8;

/** The answer, or what `late` makes of its absence; what comes after that is nobody's concern. */
export async function bounded<T>(work: Promise<T>, timeoutMs: number, late: () => T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), timeoutMs);
  });
  return Promise.race([work, end]).finally(() => clearTimeout(timer));
}

/** The work on each item, a few at a time, its results in the order of the items and as soon as they are there. */
export async function* inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for (let at = 0; at < items.length; at++) {
    while (begun.length < items.length && begun.length < at + AT_ONCE) {
      const one = work(items[begun.length]!);
      one.catch(() => undefined); // it is awaited in its turn, and fails there
      begun.push(one);
    }
    yield await begun[at]!;
  }
}
