/** A server that takes longer than a lease: whoever sends keeps the message, and nobody else begins it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { add, ids, settled, setUp } from "./clients.ts";

test("a send that outlasts its lease several times over is not begun again by an idle process", async () => {
  const databaseUrl = `file:${join(temporaryFolder(), "queue.db")}`;
  const sink = await startSink({ thinkMs: 4_000 });
  const start = (name: string) =>
    startProxy(binaryUnderTest(), temporaryFolder(), {
      DATABASE_URL: databaseUrl,
      EHLO_NAME: name,
      LEASE_SECONDS: "1",
      POLL_INTERVAL: "0.05",
    });
  const expected = ids(5);
  const busy = start("busy.test");
  await setUp(busy, sink);
  await add(busy, expected);
  await sink.until(() => sink.arrivals === expected.length);
  const idle = start("idle.test");
  await settled(idle);

  expect(sink.arrivals).toBe(expected.length);
  expect(sink.taken.map(({ id, client }) => `${id} ${client}`).sort()).toEqual(expected.map((id) => `${id} busy.test`));
});
