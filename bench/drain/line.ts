/** Drain over 8 connections, composed, settled and reported: the service against worker-mailer alone and nodemailer's pool alone. */
import type { Bench } from "../bench.ts";
import type { Child } from "../child.ts";
import type { Figure } from "../figure.ts";
import { compare, type Sample, takeTurns } from "../rounds.ts";

const MESSAGES = 100_000;
const CONNECTIONS = 8;

interface Drain {
  sink: Child;
  smtp: number;
  messages: number;
}

export async function drain(bench: Bench): Promise<Figure[]> {
  const sink = bench.start("./sink.ts");
  const { port } = await sink.news<{ port: number }>();
  const run: Drain = { sink, smtp: port, messages: bench.count(MESSAGES) };
  const { ours, workerMailer, nodemailer } = await takeTurns(bench.rounds, {
    workerMailer: counted(run, () => alone(bench.start("./drain/worker-mailer.ts", options(run)), run)),
    nodemailer: counted(run, () => alone(bench.start("./drain/nodemailer.ts", options(run)), run)),
    ours: counted(run, () => service(bench, run)),
  });
  const what = "drain, 8 connections to a loopback sink, composed, settled and reported";
  return [
    compare({ what, baseline: "worker-mailer alone", goal: { atLeast: 2.5 }, ours, base: workerMailer }),
    compare({ what: "the same", baseline: "nodemailer's pool alone", goal: { atLeast: 4 }, ours, base: nodemailer }),
  ];
}

function options({ smtp, messages }: Drain) {
  return { smtp, messages, connections: CONNECTIONS };
}

/** No side gets away with fewer messages, or sends one twice. */
function counted({ sink, messages }: Drain, side: () => Promise<Sample>): () => Promise<Sample> {
  return async () => {
    const before = await sink.ask<number>();
    const sample = await side();
    const taken = (await sink.ask<number>()) - before;
    if (taken !== messages) throw new Error(`of ${messages} messages the sink took ${taken}`);
    return sample;
  };
}

async function alone(sender: Child, { messages }: Drain): Promise<Sample> {
  const { seconds, cpuMicros } = await sender.news<{ seconds: number; cpuMicros: number }>();
  await sender.end();
  return { rate: messages / seconds, cpuMicros: cpuMicros / messages };
}

/** From the start of the engine over a filled queue until the last report is in: two processes, one system clock. */
async function service(bench: Bench, { smtp, messages }: Drain): Promise<Sample> {
  const endpoint = bench.start("./endpoint.ts");
  const { port: reports } = await endpoint.news<{ port: number }>();
  const database = bench.database();
  const filler = bench.start("./drain/fill.ts", { database, messages, smtp, reports });
  await filler.news();
  await filler.end();

  const sender = bench.startMeasured("./drain/ours.ts", { database, connections: CONNECTIONS });
  const { begin } = await sender.news<{ begin: number }>();
  const end = await endpoint.ask<number>(messages);
  const { cpuMicros, unreported } = await sender.ask<{ cpuMicros: number; unreported: number }>();
  if (unreported !== 0) throw new Error(`${unreported} events are not settled as reported`);
  await sender.end();
  await endpoint.end();
  return { rate: messages / ((end - begin) / 1000), cpuMicros: cpuMicros / messages };
}
