/** Attachments kept in the Cache API of Workers: in each of Cloudflare's data centres for itself, and as long as it likes. */
import { getLogger } from "@logtape/logtape";
import { reason } from "../errors.ts";
import type { ContentStorage, Requests, Room } from "../ports.ts";

const log = getLogger(["mail-proxy", "attachments"]);

/** A cache of our own: what stands in it answers no request from outside, whatever its URL. */
const CACHE_NAME = "mail-proxy-attachments";
/** RFC 6761 6.4: a name that is nobody's. The Cache API knows content by URL. */
const ORIGIN = "https://attachments.invalid/";
/** Each look and each put is a request of the invocation, and its last ones are for settling and reporting. */
const LEAST_REQUESTS = 24;

/** Lives no longer than its invocation, as everything that does I/O on Workers. */
export class WorkerCache implements ContentStorage {
  readonly #ttlSeconds: number;
  readonly #requests: Requests;

  constructor(ttlSeconds: number, requests: Requests) {
    this.#ttlSeconds = ttlSeconds;
    this.#requests = requests;
  }

  async get(key: string, room: Room): Promise<Uint8Array | undefined> {
    const response = await this.#ask((cache) => cache.match(ORIGIN + key));
    if (response === undefined) return undefined;
    await room(Number(response.headers.get("Content-Length")));
    return this.#attempt(async () => new Uint8Array(await response.arrayBuffer()));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const headers = { "Cache-Control": `max-age=${this.#ttlSeconds}`, "Content-Length": String(bytes.byteLength) };
    // A copy: the platform reads on behind our back, and what it reads must not be moved or changed meanwhile.
    await this.#ask((cache) => cache.put(ORIGIN + key, new Response(new Uint8Array(bytes), { headers })));
  }

  async delete(key: string): Promise<void> {
    await this.#ask((cache) => cache.delete(ORIGIN + key));
  }

  async #ask<T>(work: (cache: Cache) => Promise<T>): Promise<T | undefined> {
    if (this.#requests.left < LEAST_REQUESTS) return undefined;
    this.#requests.count();
    return this.#attempt(async () => work(await caches.open(CACHE_NAME)));
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      log.warning("the attachment cache of the platform cannot be used: {reason}", { reason: reason(error) });
      return undefined;
    }
  }
}
