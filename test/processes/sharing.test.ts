/** Many processes on one database share the work, and none does what another has done. MANY_MESSAGES scales it. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { endpoint } from "../reports/support.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { startSqld } from "../support/sqld.ts";
import { addAll, ids, settled, setUp, statuses } from "./clients.ts";

const messages = Number(process.env.MANY_MESSAGES ?? 2_000);
/** Of its fair share, what the least busy process sends at least: chance and a busy machine have the rest. */
const LEAST_SHARE = 0.4;

const databases: Record<string, () => Promise<string | { unavailable: string }>> = {
  "embedded file": () => Promise.resolve(`file:${join(temporaryFolder(), "queue.db")}`),
  "libSQL server": async () => {
    const server = await startSqld();
    return "unavailable" in server ? server : server.url;
  },
};

/** What a process complained of: the first thing to read where a promise was broken. */
function faults(one: ProxyProcess): string {
  return one
    .log()
    .split("\n")
    .filter((line) => /\[(wrn|err)\]/.test(line))
    .join("\n");
}

describe.each(Object.entries(databases))("on one %s", (kind, openDatabase) => {
  test.for([2, 4])(
    `%i processes send each of ${messages} messages once, report it once, and share the load`,
    { timeout: 20_000 + messages * 20 },
    async (processes, { skip }) => {
      const databaseUrl = await openDatabase();
      if (typeof databaseUrl !== "string") return skip(databaseUrl.unavailable);
      const sink = await startSink();
      const application = await endpoint();
      const fleet = Array.from({ length: processes }, (_, n) =>
        startProxy(binaryUnderTest(), temporaryFolder(), {
          DATABASE_URL: databaseUrl,
          EHLO_NAME: `process-${n}.test`,
          POLL_INTERVAL: "0.1",
        }),
      );
      await setUp(fleet[0]!, sink, application.url);
      await Promise.all(fleet.map(({ ready }) => ready));

      const expected = ids(messages);
      let turn = 0;
      const begun = Date.now();
      await addAll(() => fleet[turn++ % processes]!, expected);
      await settled(fleet[0]!);
      const seconds = (Math.max(...sink.taken.map(({ at }) => at)) - begun) / 1000;
      const reported = () => application.calls.flatMap(({ reports }) => reports);
      while (new Set(reported().map(({ id }) => id)).size < messages) await pause(20);
      const shares = fleet.map((_, n) => sink.taken.filter(({ client }) => client === `process-${n}.test`).length);
      console.log(
        `${processes} on one ${kind}: ${Math.round(messages / seconds)} messages a second, shares ${shares.join(" ")}`,
      );

      expect(sink.taken.map(({ id }) => id).sort()).toEqual([...expected].sort());
      expect(new Set((await statuses(fleet[0]!)).values())).toEqual(new Set(["sent"]));
      expect(await Promise.all(fleet.map((one) => one.stop()))).toEqual(fleet.map(() => 0));
      const told = reported().map(({ id }) => id);
      expect(told.sort(), fleet.map(faults).join("\n")).toEqual([...expected].sort());
      expect(application.eventIds()).toHaveLength(new Set(application.eventIds()).size);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual((LEAST_SHARE * messages) / processes);
    },
  );
});
