/** A limit holds for all processes together, as the SMTP server sees it. LONG=1 watches it over three minutes. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { endpoint, type TestEndpoint } from "../reports/support.ts";
import { startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { type CountingSink, startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { addAll, ids, setUp } from "./clients.ts";

const LIMIT = 20;
const WINDOW_MS = 60_000;
/** From the moment when a slot is free until its message is with the server; a step of the grants is part of it. */
const REACTION_MS = 2_000;
const WATCHED_MS = 3 * WINDOW_MS + REACTION_MS;

/** Two processes on one file, both with more mail than the account's limit lets through. */
async function limited(messages: number): Promise<{ sink: CountingSink; application: TestEndpoint }> {
  const databaseUrl = `file:${join(temporaryFolder(), "queue.db")}`;
  const sink = await startSink();
  const application = await endpoint();
  const fleet = [0, 1].map((n) =>
    startProxy(binaryUnderTest(), temporaryFolder(), { DATABASE_URL: databaseUrl, EHLO_NAME: `process-${n}.test` }),
  );
  await setUp(fleet[0]!, sink, application.url, { limit_per_minute: LIMIT });
  await Promise.all(fleet.map(({ ready }) => ready));
  let turn = 0;
  await addAll(() => fleet[turn++ % 2]!, ids(messages));
  return { sink, application };
}

/** What the application was told about messages that a limit holds back: when each of them goes, Unix milliseconds. */
function announced({ calls }: TestEndpoint): Map<string, number> {
  const deferred = calls.flatMap(({ reports }) => reports).filter((report) => report.deferred_reason === "rate_limit");
  return new Map(deferred.map(({ id, deferred_ts }) => [id, Number(deferred_ts) * 1000]));
}

test("two processes send the first burst at once, up to the limit, and not one message more", async () => {
  const { sink, application } = await limited(3 * LIMIT);
  await sink.until(() => sink.taken.length >= LIMIT);
  await application.called(1);
  while (announced(application).size === 0) await pause(20);
  await pause(3_000); // the subject: nothing happens

  expect(sink.taken).toHaveLength(LIMIT);
  const sent = new Set(sink.taken.map(({ id }) => id));
  const first = sink.taken[0]!.at;
  for (const [id, at] of announced(application)) {
    expect(sent).not.toContain(id);
    // Named in whole seconds.
    expect(at).toBeGreaterThanOrEqual(first + WINDOW_MS - 1_000);
    expect(at).toBeLessThan(first + WINDOW_MS + REACTION_MS);
  }
});

test.runIf(process.env.LONG === "1")(
  "over three minutes no window holds more than the limit, none less by more than one, and what was announced comes true",
  async () => {
    const { sink, application } = await limited(8 * LIMIT);
    await sink.until(() => sink.taken.length > 0);
    await pause(WATCHED_MS);
    const moments = sink.taken.map(({ at }) => at);
    const last = moments.at(-1)!;
    console.log(
      `${moments.length} messages taken, by minute: ${[0, 1, 2, 3].map((minute) => moments.filter((at) => Math.floor((at - moments[0]!) / WINDOW_MS) === minute).length).join(" ")}`,
    );

    for (const [n, at] of moments.entries()) {
      const within = (ms: number) => moments.slice(n).filter((other) => other < at + ms).length;
      expect(within(WINDOW_MS)).toBeLessThanOrEqual(LIMIT);
      if (at + WINDOW_MS + REACTION_MS <= last)
        expect(within(WINDOW_MS + REACTION_MS)).toBeGreaterThanOrEqual(LIMIT - 1);
    }
    const promised = announced(application);
    const secondBurst = sink.taken.slice(LIMIT, 2 * LIMIT);
    expect(secondBurst).toHaveLength(LIMIT);
    for (const { id, at } of secondBurst) {
      const due = promised.get(id);
      if (due === undefined) continue; // not among those that stood first in line
      expect(at).toBeGreaterThanOrEqual(due);
      expect(at).toBeLessThan(due + 1_000 + REACTION_MS);
    }
    expect(secondBurst.some(({ id }) => promised.has(id))).toBe(true);
  },
  WATCHED_MS + 60_000,
);
