/**
 * One run of the crash harness.
 *
 * 1. Clients enqueue, the proxy drains and reports; each of its lives has an EHLO name of its own.
 * 2. At seeded random moments it is killed (SIGKILL) and started again at once on the same database.
 * 3. After the last kill everything is waited for: all taken in, nothing in the queue, every final report told.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endpoint } from "../reports/support.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { type CountingSink, startSink, type Taken } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { addAll, ids, settled, setUp, statuses } from "./clients.ts";
import { type Random, seededRandom } from "./random.ts";

/** Clients stop for breath when so many messages are waiting to be sent, so that kills find them at work to the end. */
const AHEAD = 400;

/** A call that a dying process had sent may be read a moment after its death. */
const ARRIVAL_MS = 1_000;

export interface CrashPlan {
  binary: string;
  kills: number;
  messages: number;
  seed: number;
}

export interface CrashRun {
  expected: string[];
  sink: CountingSink;
  statuses: Map<string, string>;
  /** For each kill, copies of messages that the life before it had sent already. */
  doubled: Taken[][];
  /** Copies that no kill explains. */
  unexplained: Taken[];
  /** Final reports told, by message. */
  reported: Map<string, number>;
  /** Events that were told twice by one life. */
  toldTwice: string[];
  /** Requests that had to be repeated. */
  repeated: number;
}

export async function crashRun({ binary, kills, messages, seed }: CrashPlan): Promise<CrashRun> {
  const random = seededRandom(seed);
  const folder = temporaryFolder();
  const sink = await startSink();
  const expected = ids(messages);
  const told = new Map<string, number[]>();
  const reported = new Map<string, number>();
  const application = await endpoint(({ reports }) => {
    for (const { event_id, id, sent_ts } of reports) {
      told.set(event_id, [...(told.get(event_id) ?? []), Date.now()]);
      if (sent_ts !== undefined) reported.set(id, (reported.get(id) ?? 0) + 1);
    }
    return {};
  });

  let life = 0;
  const begin = (): ProxyProcess => {
    life += 1;
    return startProxy(binary, folder, {
      DATABASE_URL: `file:${join(folder, "queue.db")}`,
      EHLO_NAME: nameOf(life),
      LEASE_SECONDS: "2",
      LOG_LEVEL: "warning",
    });
  };
  let proxy = begin();
  await setUp(proxy, sink, application.url);

  const adding = addAll(
    () => proxy,
    expected,
    (taken) => sink.until(() => sink.distinct + AHEAD > taken),
  );
  const killedAt: number[] = [];
  for (const mark of moments(random, kills, messages)) {
    if (random.below(4) === 0)
      await pause(random.below(300)); // perhaps before it is ready
    else {
      await proxy.ready;
      await sink.until(() => sink.taken.length >= mark);
      await pause(random.below(20));
    }
    killedAt.push(Date.now());
    await proxy.kill();
    proxy = begin();
  }
  const { repeated } = await adding;
  await settled(proxy);
  while (reported.size < messages) await pause(20);
  const found = await statuses(proxy);
  await proxy.stop();

  const toldTwice = unexcused(told, killedAt);
  return { expected, sink, statuses: found, ...copiesByKill(sink, kills), reported, toldTwice, repeated };
}

const nameOf = (life: number) => `life-${life}.test`;

/** When to kill, as numbers of messages that the server has taken by then. */
function moments(random: Random, kills: number, messages: number): number[] {
  return Array.from({ length: kills }, () => 1 + random.below(Math.floor(messages * 0.9))).sort((a, b) => a - b);
}

/** A copy belongs to the kill that ended the life which had sent the message before. */
function copiesByKill(sink: CountingSink, kills: number): Pick<CrashRun, "doubled" | "unexplained"> {
  const doubled = Array.from({ length: kills }, (): Taken[] => []);
  const unexplained: Taken[] = [];
  for (const copies of sink.copies().values()) {
    for (const [n, copy] of copies.slice(1).entries()) {
      const before = copies[n]!.client;
      const kill = doubled.find((_, k) => before === nameOf(k + 1));
      (copy.client === before || kill === undefined ? unexplained : kill).push(copy);
    }
  }
  return { doubled, unexplained };
}

/** Events that were told again although nothing was killed in between. */
function unexcused(told: Map<string, number[]>, killedAt: readonly number[]): string[] {
  return [...told].flatMap(([event, [first = 0, ...again]]) =>
    again.every((at, n) => killedAt.some((kill) => kill <= at && kill >= ([first, ...again][n] ?? 0) - ARRIVAL_MS))
      ? []
      : [event],
  );
}
