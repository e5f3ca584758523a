/** From the request that adds a message to the SMTP server's 250 for it, in a service that has nothing else to do. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { quantile } from "../rounds.ts";
import type { Door } from "../server.ts";

const MESSAGES = 500;
/** Opens the connection and lets the code become warm. */
const WARM_UP = 50;

export async function latency(bench: Bench): Promise<Figure[]> {
  const correspondent = bench.start("./latency/correspondent.ts");
  const { port: smtp } = await correspondent.news<{ port: number }>();
  const service = bench.startMeasured("./service.ts", { database: bench.database(), smtp });
  const door = await service.news<Door>();
  await correspondent.ask({ ...door, messages: WARM_UP });
  const waits = await correspondent.ask<number[]>({ ...door, messages: bench.count(MESSAGES) });
  const what = "time from enqueue to the server's 250, idle system";
  const detail = `${waits.length} messages, the slowest ${Math.max(...waits).toFixed(1)} ms`;
  return [
    { what: `${what}, p50`, baseline: "", goal: { atMost: 5 }, value: quantile(waits, 0.5), unit: "ms", detail },
    { what: `${what}, p99`, baseline: "", goal: { atMost: 25 }, value: quantile(waits, 0.99), unit: "ms", detail },
  ];
}
