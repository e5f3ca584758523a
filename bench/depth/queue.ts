/**
 * Claims and settles in a short and in a long queue, each in a file of its own, in turns. What was taken out is put back
 * at the other end, so that both stay as long as they are.
 */
import type { Core } from "../../src/core.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { settle } from "../../src/queue/settle.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../../test/support/queue.ts";
import { required, tell } from "../answering.ts";
import { letter } from "../letters.ts";
import { benchConfig, openServed } from "../proxy.ts";
import { type Sample, takeTurns } from "../rounds.ts";

/** Of the enqueueing transactions. */
const BATCH = 1_000;
/** As many as are claimed, and settled, at once. */
const GROUP = 64;

interface Queue extends Pick<Core, "db" | "close"> {
  accountKey: number;
  enqueued: number;
}

async function openQueue(path: string, length: number): Promise<Queue> {
  const { db, close } = await openServed(benchConfig(path));
  await addTenant(db);
  const queue = { db, close, accountKey: await addAccount(db), enqueued: 0 };
  await lengthen(queue, length);
  return queue;
}

async function lengthen(queue: Queue, count: number): Promise<void> {
  const end = queue.enqueued + count;
  while (queue.enqueued < end) {
    const group = Array.from({ length: Math.min(BATCH, end - queue.enqueued) }, (_, n) => {
      const { from, to, subject, text } = letter(queue.enqueued + n);
      const content = { from, to: [to], subject, text };
      return newMessage(queue.accountKey, `m${queue.enqueued + n}`, { content });
    });
    await enqueue(queue.db, group, T0);
    queue.enqueued += group.length;
  }
}

async function claimAndSettle(queue: Queue, groups: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let n = 0; n < groups; n++) {
    const { claimed } = await claim(queue.db, [{ accountKey: queue.accountKey, want: GROUP }], T0, LEASE_MS);
    const settlements = claimed.map((one) => sent(one));
    const lost = await settle(queue.db, settlements, T0, RETENTION_MS);
    if (claimed.length !== GROUP || lost.length > 0) throw new Error("a claim or a settlement fell short");
  }
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const messages = groups * GROUP;
  await lengthen(queue, messages);
  return { rate: messages / seconds, cpuMicros: (user + system) / messages };
}

const groups = Number(required("groups"));
const short = await openQueue(required("short-database"), Number(required("short")));
const long = await openQueue(required("long-database"), Number(required("long")));
for (const queue of [short, long]) await claimAndSettle(queue, groups);
const samples = await takeTurns(Number(required("rounds")), {
  short: () => claimAndSettle(short, groups),
  long: () => claimAndSettle(long, groups),
});
for (const queue of [short, long]) await queue.close();
tell(samples);
