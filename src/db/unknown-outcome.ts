/** What a failed call has done to the database: nothing, or nobody knows; whoever made its statements then looks. */

/** `unknown`: the statements were sent and no whole answer came. `not done`: they were refused, or never sent. */
export type Outcome = "not done" | "unknown";

/** Of what a client for a server throws: the one field that says it. */
export interface OutcomeNamed {
  readonly outcome: Outcome;
}

/** An embedded file's thread died before it answered: its commit may have come first (runtimes/database-threaded.ts). */
const THREAD_FAILED = "THREAD_FAILED";

/** Whether the statements of the call that threw this may have been committed, now or a little later. */
export function isUnknown(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if ("outcome" in thrown) return thrown.outcome === "unknown";
  return "code" in thrown && thrown.code === THREAD_FAILED;
}

/** Whether the server was not reached, or would have nothing to do with us: nothing was done, and it is no use to look now. */
export function isAway(thrown: unknown): boolean {
  return thrown instanceof Error && "outcome" in thrown && thrown.outcome === "not done";
}

/** For statements that change nothing where they were committed before: once more, where nobody knows. */
export async function againIfUnknown<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  return run();
}
