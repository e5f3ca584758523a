/** One call to the proxy: sent, repeated where that is safe, and its answer or failure read. */
import { MailProxyError, UNEXPECTED_ANSWER, UNREACHABLE } from "./error.ts";
import { nextWait, wait } from "./retry.ts";
import type { Failure } from "./types.ts";

export interface MailProxyOptions {
  /** Where the proxy is, with the path that a proxy in front may have put before it. */
  url: string | URL;
  /** The admin's token, or a tenant's key. */
  token: string;
  /** How often a call is made again that can be (3). */
  maxRetries?: number;
  /** How long one try may take (60,000). */
  timeoutMs?: number;
  /** Instead of the global one. */
  fetch?: (request: Request) => Promise<Response>;
}

/** What every method takes last. */
export interface CallOptions {
  /** Ends the call, and the waits between its tries. */
  signal?: AbortSignal | undefined;
}

export interface Call extends CallOptions {
  query?: object | undefined;
  body?: object | undefined;
  /** Instead of `body`: the bytes of a mail. */
  mail?: Uint8Array<ArrayBuffer> | undefined;
  /** Made again after a lost answer it would do nothing more; so after a network fault or a 503 it is. */
  repeatable: boolean;
}

export class Transport {
  readonly #base: URL;
  readonly #token: string;
  readonly #maxRetries: number;
  readonly #timeoutMs: number;
  readonly #fetch: (request: Request) => Promise<Response>;

  constructor({ url, token, maxRetries = 3, timeoutMs = 60_000, fetch }: MailProxyOptions) {
    const base = new URL(url);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    this.#base = base;
    this.#token = token;
    this.#maxRetries = maxRetries;
    this.#timeoutMs = timeoutMs;
    this.#fetch = fetch ?? ((request) => globalThis.fetch(request));
  }

  /** `path` stands below the base, its parts percent-encoded. Throws MailProxyError, or the signal's reason. */
  call<T>(method: string, path: string, call: Call): Promise<T> {
    return this.#repeated<T>(method, path, call, readObject);
  }

  /** The same where the answer is a file. */
  bytes(path: string, call: Pick<Call, "query" | "signal">): Promise<Uint8Array<ArrayBuffer>> {
    return this.#repeated("GET", path, { ...call, repeatable: true }, readBytes);
  }

  async #repeated<T>(method: string, path: string, call: Call, read: Read<T>): Promise<T> {
    const { query, body, mail, repeatable, signal } = call;
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const content = contentOf(body, mail);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const { answer, failure, retryAfter } = await this.#try(method, url, content, { read, signal });
      if (failure === undefined) return answer;
      const canPass = failure.status === 0 || failure.status === 503;
      const ms = repeatable && canPass ? nextWait(tries, this.#maxRetries, retryAfter, Math.random()) : undefined;
      if (ms === undefined) throw failure;
      await wait(ms, signal);
    }
  }

  async #try<T>(
    method: string,
    url: URL,
    { type, body }: Content,
    { read, signal }: { read: Read<T>; signal: AbortSignal | undefined },
  ): Promise<Tried<T>> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const request = new Request(url, {
      method,
      headers: { "X-API-Token": this.#token, ...(body === undefined ? {} : { "Content-Type": type }) },
      ...(body === undefined ? {} : { body }),
      redirect: "manual", // fetch would take the token along, wherever that leads
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    try {
      return await read(await this.#fetch(request));
    } catch (cause) {
      signal?.throwIfAborted();
      const error = timeout.aborted ? `no answer within ${this.#timeoutMs} ms` : `cannot reach ${url.origin}`;
      return { failure: new MailProxyError({ error, code: UNREACHABLE }, 0, cause), retryAfter: null };
    }
  }
}

interface Content {
  type: string;
  body?: string | Uint8Array<ArrayBuffer>;
}

function contentOf(body: Call["body"], mail: Call["mail"]): Content {
  if (mail !== undefined) return { type: "message/rfc822", body: mail };
  return { type: "application/json", ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

type Tried<T> = { answer: T; failure?: undefined; retryAfter?: undefined } | Refused;
interface Refused {
  answer?: undefined;
  failure: MailProxyError;
  retryAfter: string | null;
}

type Read<T> = (response: Response) => Promise<Tried<T>>;

async function readObject<T>(response: Response): Promise<Tried<T>> {
  const text = await response.text();
  const body = parsed(text);
  return response.ok && isObject(body) ? { answer: body as T } : readFailure(response, text);
}

async function readBytes(response: Response): Promise<Tried<Uint8Array<ArrayBuffer>>> {
  if (!response.ok) return readFailure(response, await response.text());
  return { answer: new Uint8Array(await response.arrayBuffer()) };
}

/** A proxy in front may answer in its own words: those are no answer of ours. */
function readFailure({ status, headers }: Response, text: string): Refused {
  const retryAfter = headers.get("Retry-After");
  const body = parsed(text);
  if (isFailure(body)) return { failure: new MailProxyError(body, status), retryAfter };
  const error = `an answer with status ${status} that is not the proxy's`;
  return { failure: new MailProxyError({ error, code: UNEXPECTED_ANSWER }, status), retryAfter };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(body: unknown): body is object {
  return typeof body === "object" && body !== null;
}

function isFailure(body: unknown): body is Failure {
  return isObject(body) && "error" in body && typeof body.error === "string" && "code" in body;
}
