/** An application behind a port of this very process. */
import { onTestFinished } from "vitest";
import type { Fetch, HttpServer } from "../../src/runtimes/http-server.ts";
import { serve } from "../../src/runtimes/serve.ts";

/** On a free port of loopback, until the test ends; it may be stopped before that, and more than once. */
export async function serveHere(fetch: Fetch): Promise<Pick<HttpServer, "url" | "stop">> {
  const { Request, Response } = globalThis; // the listener for Node puts its own in their place
  const { url, stop } = await serve(fetch, { host: "127.0.0.1", port: 0 });
  let stopped: Promise<void> | undefined;
  const stopOnce = (graceMs: number) => {
    stopped ??= stop(graceMs);
    return stopped;
  };
  onTestFinished(async () => {
    await stopOnce(0);
    Object.assign(globalThis, { Request, Response });
  });
  return { url, stop: stopOnce };
}
