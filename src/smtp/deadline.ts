/** A bound on every wait: a timer of its own that goes when the wait is over. */

export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/** The outcome of `work`, or TimedOut after `ms` milliseconds with `complaint` as its text. */
export function within<T>(work: Promise<T>, ms: number, complaint: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimedOut(`${complaint} within ${ms} ms`)), ms);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
