/** One call to a libSQL server: its requests, its deadline, and what is known of its statements meanwhile. */
import type { LibsqlError } from "@libsql/client/http";
import type { Outcome } from "../db/unknown-outcome.ts";
import { answered, broken, late, RemoteFailure, refused } from "./remote-failure.ts";

/** As a runtime sends one request; each call to it is one on the wire. */
export type Send = (request: Request, init: { signal: AbortSignal }) => Promise<Response>;

/** Of the deadline: what is begun with less time left would most likely end as unknown. */
const LEAST_SHARE = 0.05;

export class Call {
  readonly #send: Send;
  readonly #deadlineMs: number;
  readonly #until: number;
  readonly #cut = new AbortController();
  #outcome: Outcome = "not done";

  constructor(send: Send, deadlineMs: number) {
    this.#send = send;
    this.#deadlineMs = deadlineMs;
    this.#until = performance.now() + deadlineMs;
  }

  /** Settles with the work, or at the deadline, which also cuts the request that is under way. */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        reject(late(this.#outcome));
        this.cut();
      }, this.#deadlineMs);
      work.then(resolve, reject).finally(() => clearTimeout(deadline));
    });
  }

  /** Ends the request under way, and begins no other. */
  cut(): void {
    this.#cut.abort();
  }

  hasTimeFor(ms: number): boolean {
    return performance.now() + ms < this.#until;
  }

  /** One request, answered as a whole; throws RemoteFailure. */
  async exchange(request: Request): Promise<Response> {
    if (this.#cut.signal.aborted || !this.hasTimeFor(this.#deadlineMs * LEAST_SHARE)) throw late("not done");
    this.#outcome = "unknown";
    try {
      const response = await this.#send(request, { signal: this.#cut.signal });
      const body = await response.arrayBuffer();
      if (!response.ok) throw answered(response.status, response.headers.get("Retry-After"));
      return new Response(body);
    } catch (error) {
      throw this.#note(error instanceof RemoteFailure ? error : broken(error));
    }
  }

  /** What the client threw, as a failure; what it threw before anything was sent is a mistake of ours, and stays as it is. */
  judge(thrown: unknown): LibsqlError {
    if (thrown instanceof RemoteFailure) return thrown;
    if (this.#outcome === "not done") throw thrown;
    return this.#note(refused(thrown));
  }

  #note<F extends LibsqlError>(failure: F): F {
    this.#outcome = failure instanceof RemoteFailure ? failure.outcome : "not done";
    return failure;
  }
}
