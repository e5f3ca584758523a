/** What every runtime's HTTP server is: one listener that can be stopped without cutting off a request. */

export type Fetch = (request: Request) => Promise<Response>;

export interface HttpServer {
  port: number;
  /** Where a browser or curl on this machine reaches it. */
  url: string;
  /** Takes no new requests and waits for those under way, but at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Larger bodies are refused in few words. Without it the application counts itself, and answers in its own. */
  maxBodyBytes?: number;
}

/** The address cannot be listened on; the message says what to do about it. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  constructor({ host, port }: ListenOptions, cause: unknown) {
    super(explain(cause, host, port), { cause });
  }
}

/** A connection may stay silent for so long; above what any handler takes, since Bun counts its working time too. */
export const IDLE_TIMEOUT_SECONDS = 240;

/** The URL of a request whose Host or target names nothing (RFC 9112 3.2): the application refuses it in its own words. */
export const NOWHERE = "about:invalid";

/** RFC 3986 3.2.2 and 3.2.3: an IPv6 address in brackets or any other host, with or without a port; RFC 9112 3.2: or none. */
const HOST = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?$/i;

export function asHttpServer(host: string, port: number, stop: HttpServer["stop"]): HttpServer {
  return { port, url: `http://${reachable(host)}:${port}`, stop };
}

/** Bun and Deno make a URL of whatever stands for a host, and that may have another path than the one that was asked for. */
export function named(fetch: Fetch): Fetch {
  return (request) => {
    const { headers } = request;
    return fetch(HOST.test(headers.get("Host") ?? "") ? request : new Request(NOWHERE, { headers }));
  };
}

const WITH_BODY = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** RFC 9112 6.3: a request without a length and a coding has no body, where Node and Deno would see an empty one. */
export function bodiless(fetch: Fetch): Fetch {
  return (request) => {
    const { method, headers, url } = request;
    if (!WITH_BODY.has(method) || headers.has("Content-Length") || headers.has("Transfer-Encoding"))
      return fetch(request);
    return fetch(new Request(url, { method, headers }));
  };
}

/** Refuses what is larger than the application wants to read, before it reads. */
export function limited(fetch: Fetch, maxBodyBytes: number | undefined): Fetch {
  if (maxBodyBytes === undefined) return fetch;
  return async (request) => {
    const length = request.headers.get("Content-Length");
    // RFC 9110 15.5.12: a server may insist on hearing the length first.
    if (length === null && request.body !== null) return refused(411);
    return Number(length) > maxBodyBytes ? refused(413) : fetch(request);
  };
}

function refused(status: number): Response {
  return new Response(null, { status, headers: { Connection: "close" } });
}

function explain(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `port ${port} is in use; choose another with --port or MAIL_PROXY_PORT`;
  if (code === "EACCES") return `port ${port} needs more rights than this user has; choose one from 1024`;
  return `cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
}

/** A wildcard address is no destination; an IPv6 address stands in brackets (RFC 3986 3.2.2). */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
