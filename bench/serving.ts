/** What a server of the benchmarks tells and answers: where to knock, and what it has cost so far. */
import { answerAll, tell } from "./answering.ts";
import type { Cost, Door } from "./server.ts";

/** Settles when nobody is there to ask any more. */
export function serveAsked(door: Door): Promise<void> {
  tell(door);
  return answerAll(cost);
}

/** With garbage collected first where the question is about memory. */
function cost({ collected = false }: { collected?: boolean }): Cost {
  if (collected) Bun.gc(true);
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}
