/** Serves HTTP on Bun: one listener that can be stopped without cutting off a request. */

export interface HttpServer {
  port: number;
  /** Where a browser or curl on this machine reaches it. */
  url: string;
  /** Takes no new connections and waits for the requests under way, but at most `graceMs`. */
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
}

/** Seconds a connection may stay silent; above what any handler takes, since Bun counts its working time too. */
const IDLE_TIMEOUT_SECONDS = 240;

export function serve(fetch: (request: Request) => Promise<Response>, options: ListenOptions): HttpServer {
  const server = listen(fetch, options);
  const port = server.port ?? options.port;
  return {
    port,
    url: `http://${reachable(options.host)}:${port}`,
    async stop(graceMs) {
      const deadline = setTimeout(() => server.stop(true), graceMs);
      await server.stop();
      clearTimeout(deadline);
    },
  };
}

function listen(
  fetch: (request: Request) => Promise<Response>,
  { host, port, maxBodyBytes = Number.MAX_SAFE_INTEGER }: ListenOptions,
) {
  try {
    return Bun.serve({
      fetch,
      hostname: host,
      port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Whatever it is: what nobody reads of a body is not kept, and its sender is held up (tried).
      maxRequestBodySize: maxBodyBytes,
      development: false,
      // Outside development Bun would let a second process share the port, and take half of the requests.
      reusePort: false,
    });
  } catch (error) {
    throw new ListenError(explain(error, host, port), { cause: error });
  }
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
