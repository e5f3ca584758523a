/** A Worker that only takes mail in, and binaries that send it. */
import { describe, expect } from "vitest";
import worker from "../../src/runtimes/worker.ts";
import { endpoint } from "../reports/support.ts";
import { startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { ids, settled, setUp } from "./clients.ts";
import { fleetWith, shares } from "./fleet.ts";
import { expectEachOnce, expectLogin, promise, queue } from "./fleet-mail.ts";

describe("a Worker that only takes in, and a binary that sends", () => {
  const fleet = fleetWith({ SCHEDULER_ACTIVE: "false" });

  promise("each message goes out once, through the binary, and is reported once", fleet, async (on) => {
    const { worker, startBinary } = on;
    const sink = await startSink();
    const application = await endpoint();
    const sender = startBinary();
    await sender.ready;
    await setUp(worker, sink, application.url);
    const expected = ids(200);
    for (let n = 0; n < expected.length; n += 20) await queue(worker, expected.slice(n, n + 20));
    await worker.cron();
    await settled(sender);
    await expectEachOnce(worker, sink, application, expected);
    expect(shares(sink)).toEqual({ worker: 0, binary: expected.length });
  });

  promise("a password that the Worker sealed is the binary's to open", fleet, async ({ worker, startBinary }) => {
    await expectLogin(worker, startBinary());
  });

  promise("a member with another key is no member: it refuses to work", fleet, async ({ databaseUrl }) => {
    const settings = { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: "66".repeat(32), API_TOKEN: "token" };
    const stranger = startProxy(binaryUnderTest(), temporaryFolder(), settings);
    await expect(stranger.ready).rejects.toThrow(/encryption key is not the one/);
    const bindings = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value]));
    const context = { waitUntil: () => undefined };
    const answer = await worker.fetch(new Request("http://worker.test/status"), bindings, context);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: "misconfigured",
      error: expect.stringMatching(/encryption key/),
    });
  });

  promise("a Worker without a sender keeps what it takes, and its cron sends nothing", fleet, async (on) => {
    const sink = await startSink();
    await setUp(on.worker, sink);
    await queue(on.worker, ids(10));
    await on.worker.cron();
    const { body } = await on.worker.call("GET", "/status");
    expect(body).toMatchObject({ active: false, queue: { ready: 10, sending: 0 } });
    await settled(on.startBinary());
    expect(shares(sink)).toEqual({ worker: 0, binary: 10 });
  });
});
