/** Enqueue, one message a request: the service against a route with nothing behind it, and against itself without a store. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { compare, takeTurns } from "../rounds.ts";
import { underLoad } from "../server.ts";

const MESSAGES = 40_000;

export async function enqueue(bench: Bench): Promise<Figure[]> {
  const load = { generator: bench.start("./load.ts"), messages: bench.count(MESSAGES), connections: 32, batch: 1 };
  const service = { database: bench.database(), smtp: 25, sends: "false" };
  const samples = await takeTurns(bench.rounds, {
    bare: await underLoad(bench.start("./enqueue/bare.ts"), load),
    unstored: await underLoad(bench.start("./enqueue/unstored.ts", { database: bench.database() }), load),
    ours: await underLoad(bench.startMeasured("./service.ts", service), load),
  });
  return [
    compare({
      what: "enqueue, one message a request, 32 connections, durable",
      baseline: "a Hono and Valibot route that stores nothing",
      goal: { atLeast: 0.6 },
      ours: samples.ours,
      base: samples.bare,
    }),
    compare({
      what: "the same: the price of durability alone",
      baseline: "our own API with nothing stored behind it",
      goal: undefined,
      ours: samples.ours,
      base: samples.unstored,
    }),
  ];
}
