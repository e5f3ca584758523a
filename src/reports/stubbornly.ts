/** Writes down what an endpoint has answered, also where the database is away for a moment: forgotten, it would be told again. */

const TRIES = 20;
const RETRY_MS = 500;

/** `settle` does no harm when it is repeated: its statements are fenced, also when the turn is over. */
export async function stubbornly<T>(stop: AbortSignal, settle: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await settle();
    } catch (error) {
      if (attempt === TRIES || stop.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
