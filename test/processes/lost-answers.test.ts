/** A database whose answers are lost now and then, under the whole service: nobody crashes, so nothing may come twice. */
import { expect, test } from "vitest";
import { endpoint } from "../reports/support.ts";
import { startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startSqld } from "../support/sqld.ts";
import { addAll, ids, settled, setUp } from "./clients.ts";

const MESSAGES = 500;
/** Every so manieth answer of the database is lost. */
const LOST = 7;

test("with every seventh answer lost, each message is sent once and told once, and no word is said of a lost lease", {
  timeout: 120_000,
}, async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const line = await startFaultProxy(server.url);
  const sink = await startSink();
  const application = await endpoint();
  const proxy = startProxy(binaryUnderTest(), temporaryFolder(), {
    DATABASE_URL: line.url,
    POLL_INTERVAL: "0.5",
    ALLOW_PRIVATE_HOSTS: "true",
    BATCH_SIZE_PER_ACCOUNT: "20",
  });
  await setUp(proxy, sink, application.url);

  let answers = 0;
  let lost = 0;
  line.always = () => {
    answers += 1;
    if (answers % LOST !== 0) return "pass";
    lost += 1;
    return lost % 2 === 0 ? "drop" : "cut";
  };
  const expected = ids(MESSAGES);
  const { refused } = await addAll(() => proxy, expected);
  await sink.until(() => sink.distinct === MESSAGES);
  await settled(proxy);
  while (application.eventIds().length < MESSAGES) await application.called(application.calls.length + 1);
  line.always = () => "pass";

  expect(sink.taken.map(({ id }) => id).sort()).toEqual([...expected].sort());
  const told = application.calls.flatMap(({ reports }) => reports);
  expect(told.map(({ id }) => id).sort()).toEqual([...expected].sort());
  expect(new Set(application.eventIds()).size).toBe(MESSAGES);
  const { body } = await proxy.call("GET", "/status");
  expect(body.queue).toMatchObject({ scheduled: 0, ready: 0, held: 0, sending: 0 });
  expect(lost).toBeGreaterThan(10);
  for (const { status, body } of refused)
    expect({ status, code: body.code }).toEqual({ status: 503, code: "database_unavailable" });
  expect(proxy.log()).not.toMatch(/lease was lost|took over|superseded/);
  expect(await proxy.stop()).toBe(0);
});
