/** The connection on which a page hears that there is news: server-sent events, as long as page, session and process last. */
import { Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { DashboardEnv, Host } from "./env.ts";
import { Feed, type Watcher } from "./feed.ts";
import { sessionOf } from "./session.ts";

/** After so many looks of a second without news a comment keeps the connection: shorter than what proxies in front wait for. */
const QUIET_LOOKS = 15;

export function liveRoutes(host: Host): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();
  const feed = new Feed(host);

  app.get("/live", (c) => {
    const session = sessionOf(c);
    if (!host.isLive || session === undefined) return c.notFound();
    if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" }); // a stream that nobody reads
    const { caller } = c.get("visitor");
    const watcher = { session, tenantId: caller.kind === "tenant" ? caller.tenantId : null };
    c.header("X-Accel-Buffering", "no"); // a proxy in front is to hand on what there is
    return streamSSE(c, (stream) => tell(stream, feed, watcher, c.req.header("Last-Event-ID")));
  });

  return app;
}

/** `known`: what the browser heard last on a connection that was lost; what has happened since then is news. */
async function tell(stream: SSEStreamingApi, feed: Feed, watcher: Watcher, known: string | undefined): Promise<void> {
  let quiet = 0;
  while (!stream.aborted) {
    const heard = await feed.next(watcher);
    if (heard === "over") return;
    const { pulse = known } = heard;
    if (pulse !== undefined && pulse !== known) {
      await stream.writeSSE({ event: known === undefined ? "listening" : "news", data: "changed", id: pulse });
      known = pulse;
      quiet = 0;
    } else if (++quiet >= QUIET_LOOKS) {
      await stream.write(": nothing new\n\n");
      quiet = 0;
    }
  }
}
