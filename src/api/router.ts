/** Finds the handlers of a call: by one regular expression, but for paths that no such expression can tell apart. */
import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";

/** Below these a name and a parameter stand in the same place (`/emails/batch`, `/emails/:id/cancel`), which Hono's fastest router refuses. */
const MIXED = /^\/(?:emails|webhooks)(?:\/|$)/;

/** Without it one such path would send every call, and so every message taken in, through the slower one. */
export class SplitRouter<T> implements Router<T> {
  readonly name = "RegExpRouter + TrieRouter";
  readonly #plain = new RegExpRouter<T>();
  readonly #mixed = new TrieRouter<T>();

  add(method: string, path: string, handler: T): void {
    const isEverywhere = path === "*" || path === "/*";
    if (isEverywhere || !MIXED.test(path)) this.#plain.add(method, path, handler);
    if (isEverywhere || MIXED.test(path)) this.#mixed.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    return MIXED.test(path) ? this.#mixed.match(method, path) : this.#plain.match(method, path);
  }
}
