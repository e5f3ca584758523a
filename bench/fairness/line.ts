/** How long messages take to their server while another tenant's backlog drains and one of its servers is silent, against quiet. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { quantile } from "../rounds.ts";
import type { Door } from "../server.ts";

const MESSAGES = 500;
const WARM_UP = 50;
/** Enough to last as long as the measurement. */
const BACKLOG = 100_000;

interface Servers {
  willing: number;
  silent: number;
}

export async function fairness(bench: Bench): Promise<Figure[]> {
  const servers = bench.start("./fairness/servers.ts");
  const ports = await servers.news<Servers>();
  const quiet = await waits(bench, ports, 0);
  const backlog = bench.count(BACKLOG);
  const noisy = await waits(bench, ports, backlog);
  const { taken } = await servers.ask<{ taken: number }>();
  const [calm, loud] = [quantile(quiet, 0.99), quantile(noisy, 0.99)];
  const what = "time from enqueue to the server's 250, p99, beside another tenant's backlog";
  const detail = `${loud.toFixed(1)} ms against ${calm.toFixed(1)} ms; ${taken} of ${backlog} others sent meanwhile`;
  return [{ what, baseline: "the same on a quiet system", goal: undefined, value: loud / calm, unit: "", detail }];
}

async function waits(bench: Bench, { willing, silent }: Servers, backlog: number): Promise<number[]> {
  const correspondent = bench.start("./latency/correspondent.ts");
  const { port } = await correspondent.news<{ port: number }>();
  const options = { database: bench.database(), smtp: port, willing, silent, backlog };
  const service = bench.startMeasured("./fairness/service.ts", options);
  const door = await service.news<Door>();
  await correspondent.ask({ ...door, messages: WARM_UP });
  const measured = await correspondent.ask<number[]>({ ...door, messages: bench.count(MESSAGES) });
  await service.end();
  await correspondent.end();
  return measured;
}
