/**
 * Changes things through the instance's own API, so that a command is checked, done and logged as a call over HTTP is.
 *
 * The API runs in this process, on the instance's database: the server need not run, and may.
 */
import { Hono } from "hono";
import * as v from "valibot";
import { createApp } from "../app.ts";
import type { Core } from "../core.ts";
import { withCore } from "./core.ts";
import { Failure, UsageError } from "./exit.ts";
import { type Flag, inFlags } from "./flags.ts";
import type { Instance } from "./home.ts";
import { identity } from "./version.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  query?: Readonly<Record<string, string | boolean | undefined>>;
  body?: object;
  /** A mail as the body instead. */
  mail?: Uint8Array<ArrayBuffer>;
  /** In whose names the API's complaints about fields are told. */
  flags?: readonly Flag[];
}

/** One call with the admin token; answers its fields. What the API refuses is thrown: UsageError where the call is wrong, else Failure. */
export type Call = (method: Method, path: string, options?: CallOptions) => Promise<Record<string, unknown>>;

/** Calls the API of the instance in this process, and closes it again. */
export function withApi<T>(instance: Instance, work: (call: Call, core: Core) => Promise<T>): Promise<T> {
  return withCore(instance, async (core) => {
    // A sandbox is another process's: that this instance has one is all that is to be known here.
    const inbox = core.config.sandbox ? new Hono() : undefined;
    const app = await createApp(core, { ...identity(), inbox, quick: true });
    const call = callsTo(app.fetch, "http://localhost", core.config.apiToken ?? "");
    return work(call, core).finally(() => app.settled());
  });
}

export function callsTo(send: (request: Request) => Promise<Response>, origin: string, token: string): Call {
  return async (method, path, { query = {}, body, mail, flags = [] } = {}) => {
    const url = new URL(path, origin);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = { "X-API-Token": token, "X-Request-Id": `cli-${crypto.randomUUID()}` };
    const json = body && { body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } };
    const raw = mail && { body: mail, headers: { ...headers, "Content-Type": "message/rfc822" } };
    return fieldsOf(await send(new Request(url, { method, headers, ...json, ...raw })), flags);
  };
}

/** A part of a path. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

const Refusal = v.object({
  error: v.string(),
  details: v.optional(v.array(v.object({ path: v.string(), message: v.string() })), []),
});
const Fields = v.record(v.string(), v.unknown());

const UNPROCESSABLE = [400, 422];

async function fieldsOf(response: Response, flags: readonly Flag[]): Promise<Record<string, unknown>> {
  const answer: unknown = await response.json();
  if (response.ok) return v.parse(Fields, answer);
  const { error, details } = v.parse(Refusal, answer);
  const words = details.length === 0 ? error : inFlags(details, flags);
  throw UNPROCESSABLE.includes(response.status) ? new UsageError(words) : new Failure(words);
}
