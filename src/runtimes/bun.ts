/** Serves HTTP on Bun. */
import {
  asHttpServer,
  type Fetch,
  type HttpServer,
  IDLE_TIMEOUT_SECONDS,
  ListenError,
  type ListenOptions,
  limited,
  named,
} from "./http-server.ts";

/** Throws ListenError. */
export function serve(fetch: Fetch, options: ListenOptions): HttpServer {
  const server = listen(named(limited(fetch, options.maxBodyBytes)), options);
  return asHttpServer(options.host, server.port ?? options.port, async (graceMs) => {
    const deadline = setTimeout(() => server.stop(true), graceMs);
    await server.stop();
    clearTimeout(deadline);
  });
}

function listen(fetch: Fetch, options: ListenOptions) {
  try {
    return Bun.serve({
      fetch,
      hostname: options.host,
      port: options.port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Whatever it is: what nobody reads of a body is not kept, and its sender is held up (tried).
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      // Outside development Bun would let a second process share the port, and take half of the requests.
      reusePort: false,
    });
  } catch (error) {
    throw new ListenError(options, error);
  }
}
