/** What the Worker costs in CPU time, which Cloudflare grants by the invocation: taking a message in, sending and reporting one. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { median } from "../rounds.ts";
import { BenchWorker } from "./dev-worker.ts";

const REQUESTS = 1_000;
const MESSAGES = 2_000;
const BATCH = 100;
/** For the messages to be in before they are due: each batch that is put in takes well under this. */
const BATCH_SECONDS = 0.5;

export async function edge(bench: Bench): Promise<Figure[]> {
  const sink = bench.start("./sink.ts");
  const { port: smtp } = await sink.news<{ port: number }>();
  const endpoint = bench.start("./endpoint.ts");
  const { port: reports } = await endpoint.news<{ port: number }>();
  const settings = { LOG_LEVEL: "error", LOG_DELIVERY_ACTIVITY: "false", TICK_SUBREQUESTS: "10000" };
  const worker = await BenchWorker.start(settings, smtp);
  try {
    await worker.call("POST", "/tenant", { id: "demo", client_base_url: `http://127.0.0.1:${reports}` });
    await warmUp(worker);
    const samples = [];
    for (let round = 0; round < bench.rounds; round++) samples.push(await sample(worker, bench, round));
    return [
      figure(
        "CPU of the Worker for a request that takes a message in, and what goes behind its answer",
        samples,
        "taken",
      ),
      figure("CPU of the Worker for a message that its cron sends and reports", samples, "sent"),
    ];
  } finally {
    await worker.stop();
  }
}

/** CPU milliseconds each. */
interface Sample {
  nothing: number;
  taken: number;
  sent: number;
}

async function sample(worker: BenchWorker, bench: Bench, round: number): Promise<Sample> {
  const requests = bench.count(REQUESTS);
  const messages = bench.count(MESSAGES);
  const nothing = await worker.cpuMs(() => each(requests, () => worker.call("GET", "/health")));
  const later = { deferred_ts: Math.ceil(Date.now() / 1000) + 86_400 };
  const taken = await worker.cpuMs(() => each(requests, (n) => add(worker, [message(`${round}-later-${n}`, later)])));
  const due = Math.ceil(Date.now() / 1000 + 1 + (messages / BATCH) * BATCH_SECONDS);
  for (let n = 0; n < messages; n += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, k) => message(`${round}-${n + k}`, { deferred_ts: due }));
    await add(worker, batch);
  }
  await new Promise((resolve) => setTimeout(resolve, due * 1000 - Date.now()));
  const sent = await worker.cpuMs(async () => {
    for (let left = messages; left > 0; left -= 1_000) await worker.cron();
  });
  return { nothing: nothing / requests, taken: taken / requests, sent: sent / messages };
}

/** Code that runs for the first time is compiled first. */
async function warmUp(worker: BenchWorker): Promise<void> {
  await each(50, () => worker.call("GET", "/health"));
  await each(50, (n) => add(worker, [message(`warm-${n}`)]));
  await worker.cron();
}

function add(worker: BenchWorker, messages: object[]): Promise<unknown> {
  return worker.call("POST", "/commands/add-messages", { messages });
}

function message(id: string, over: object = {}) {
  const text = `${id} `.padEnd(2_000, "Lorem ipsum dolor sit amet, consectetur. ");
  return { id, tenant_id: "demo", from: "app@example.com", to: ["a@example.net"], subject: id, body: text, ...over };
}

/** One after the other, as the requests of one isolate mostly come. */
async function each(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n++) await work(n);
}

function figure(what: string, samples: readonly Sample[], of: "taken" | "sent"): Figure {
  const ratios = samples.map((one) => one[of] / one.nothing);
  const ms = (name: keyof Sample) => median(samples.map((one) => one[name])).toFixed(2);
  const detail = `${ms(of)} ms against ${ms("nothing")} ms`;
  return { what, baseline: "a request for /health", goal: undefined, value: median(ratios), unit: "", detail };
}
