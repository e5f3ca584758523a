/** Counts what an invocation asks of others: Cloudflare grants each only so many subrequests, and ends it beyond them. */
import type { HttpClient, Requests } from "../ports.ts";

export class Subrequests implements Requests {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  get left(): number {
    return this.#left;
  }

  count(): void {
    this.#left -= 1;
  }

  /** `fetch`, counted. */
  readonly fetch = (...request: Parameters<typeof fetch>): Promise<Response> => {
    this.count();
    return fetch(...request);
  };

  /** The platform reaches public addresses only, and asks nobody about them. */
  readonly http: HttpClient = ({ method, url, headers, body, signal }) =>
    this.fetch(url, { method, headers, signal, redirect: "manual", ...(body === undefined ? {} : { body }) });
}
