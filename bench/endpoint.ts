/**
 * A tenant's report endpoint that acknowledges everything; as a process of its own it tells its port, and answers a number
 * once so many messages are reported as sent.
 */
import { answerAll, tell } from "./answering.ts";

export interface Endpoint {
  port: number;
  /** Settles at the moment (Unix ms) at which so many messages were reported as sent, since the endpoint was started. */
  reported(count: number): Promise<number>;
  stop(): Promise<void>;
}

export function startEndpoint(onReported: (sum: number) => void = () => undefined): Endpoint {
  let sum = 0;
  const waiting = new Map<number, (at: number) => void>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { delivery_report } = (await request.json()) as { delivery_report: { sent_ts?: number }[] };
      sum += delivery_report.filter(({ sent_ts }) => sent_ts !== undefined).length;
      onReported(sum);
      for (const [count, settle] of waiting) {
        if (sum < count) continue;
        waiting.delete(count);
        settle(Date.now());
      }
      return Response.json({ ok: true });
    },
  });
  return {
    port: server.port ?? 0,
    reported: (count) => new Promise((settle) => (sum >= count ? settle(Date.now()) : waiting.set(count, settle))),
    stop: () => server.stop(true),
  };
}

if (import.meta.main) {
  const endpoint = startEndpoint();
  tell({ port: endpoint.port });
  await answerAll(endpoint.reported);
  await endpoint.stop();
}
