/** Enqueue, a hundred messages a request: the service against an application's own multi-row inserts. */
import type { Bench } from "../bench.ts";
import type { Child } from "../child.ts";
import type { Figure } from "../figure.ts";
import type { Ran } from "../load.ts";
import { compare, type Sample, takeTurns } from "../rounds.ts";
import { underLoad } from "../server.ts";

const MESSAGES = 100_000;
const BATCH = 100;

export async function enqueueBatch(bench: Bench): Promise<Figure[]> {
  const messages = bench.count(MESSAGES);
  const load = { generator: bench.start("./load.ts"), messages, connections: 8, batch: BATCH };
  const service = { database: bench.database(), smtp: 25, sends: "false" };
  const { ours, base } = await takeTurns(bench.rounds, {
    base: await inserting(bench.start("./enqueue-batch/inserts.ts", { database: bench.database() }), messages),
    ours: await underLoad(bench.startMeasured("./service.ts", service), load),
  });
  const baseline = "raw multi-row inserts through @libsql/client";
  return [compare({ what: "enqueue, 100 messages a request", baseline, goal: { atLeast: 0.5 }, ours, base })];
}

/** Ready to be measured: it has been warmed up. */
async function inserting(inserts: Child, messages: number): Promise<() => Promise<Sample>> {
  await inserts.news();
  await inserts.ask({ messages: Math.ceil(messages / 4 / BATCH) * BATCH, batch: BATCH });
  return async () => {
    const { seconds, cpuMicros } = await inserts.ask<Ran>({ messages, batch: BATCH });
    return { rate: messages / seconds, cpuMicros: cpuMicros / messages };
  };
}
