/** A Worker that sends, and binaries on the same database: each message once, by whoever may. MANY_MESSAGES and LONG=1 scale it. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect } from "vitest";
import { MOST_UNWRITTEN } from "../../src/dispatch/settler.ts";
import { endpoint } from "../reports/support.ts";
import { startSink } from "../support/counting-sink.ts";
import { startSmtpServer, testCa } from "../support/smtp-server.ts";
import { ids, type MailProxy, message, settled, setUp, statuses, TENANT } from "./clients.ts";
import { BINARY, fleetWith, LEASE_SECONDS, shares, WORKER } from "./fleet.ts";
import { expectEachOnce, expectLogin, promise, queue } from "./fleet-mail.ts";

const long = process.env.LONG === "1";
const messages = Number(process.env.MANY_MESSAGES ?? (long ? 5_000 : 1_500));
const LIMIT = 60;
const WINDOW_MS = 60_000;
/** LONG=1 watches until the second window is well begun. */
const WATCHED_MS = long ? WINDOW_MS + 10_000 : 4_000;

describe("a Worker that sends, and a binary", () => {
  const fleet = fleetWith();

  promise("what a binary takes in that does not send goes out through the cron, once", fleet, async (on) => {
    const sink = await startSink();
    const application = await endpoint();
    const entrance = on.startBinary({ SCHEDULER_ACTIVE: "false" });
    await setUp(entrance, sink, application.url);
    const expected = ids(200);
    await queue(entrance, expected);
    expect(sink.taken).toEqual([]);
    await on.cronUntil(() => application.eventIds().length >= expected.length);
    await expectEachOnce(entrance, sink, application, expected);
    expect(shares(sink)).toEqual({ worker: expected.length, binary: 0 });
  });

  promise("a password that the binary sealed is the Worker's to open", fleet, async ({ worker, startBinary }) => {
    await expectLogin(startBinary({ SCHEDULER_ACTIVE: "false" }), worker);
  });

  promise(
    `both drain one queue of ${messages} messages: none twice, none lost, each reported once`,
    fleet,
    async (on) => {
      const sink = await startSink({ thinkMs: 20 });
      const application = await endpoint();
      const sender = on.startBinary();
      await setUp(sender, sink, application.url);
      await sender.call("POST", `/commands/suspend?tenant_id=${TENANT}`);
      const expected = ids(messages);
      for (let n = 0; n < messages; n += 500) await queue(sender, expected.slice(n, n + 500));
      const begun = Date.now();
      const crons = on.cronUntil(() => application.eventIds().length >= messages);
      await sender.call("POST", `/commands/activate?tenant_id=${TENANT}`);
      await settled(sender);
      await crons;
      const seconds = (Math.max(...sink.taken.map(({ at }) => at)) - begun) / 1000;
      const { worker, binary } = shares(sink);
      console.log(`a fleet: ${Math.round(messages / seconds)} messages a second, Worker ${worker}, binary ${binary}`);
      await expectEachOnce(sender, sink, application, expected);
      expect(application.eventIds()).toHaveLength(new Set(application.eventIds()).size);
      expect(worker).toBeGreaterThan(messages / 20);
      expect(binary).toBeGreaterThan(messages / 20);
    },
    60_000 + messages * 20,
  );

  promise(
    "a limit holds for both together, to the message",
    fleet,
    async (on) => {
      const sink = await startSink({ thinkMs: 100 });
      const sender = on.startBinary();
      await setUp(sender, sink, undefined, { limit_per_minute: LIMIT, max_connections: 2 });
      await sender.call("POST", `/commands/suspend?tenant_id=${TENANT}`);
      await queue(sender, ids(3 * LIMIT));
      let over = false;
      const crons = on.cronUntil(() => over);
      await sender.call("POST", `/commands/activate?tenant_id=${TENANT}`);
      await sink.until(() => sink.taken.length >= LIMIT);
      await pause(WATCHED_MS); // the subject: nothing more than the limit goes
      over = true;
      await crons;
      const moments = sink.taken.map(({ at }) => at);
      const { worker, binary } = shares(sink);
      console.log(`under a limit of ${LIMIT} a minute: Worker ${worker}, binary ${binary}`);
      const busiest = Math.max(...moments.map((at) => moments.filter((o) => o >= at && o < at + WINDOW_MS).length));
      expect(busiest).toBe(LIMIT);
      expect(moments.length > LIMIT).toBe(long);
      expect(Math.min(worker, binary)).toBeGreaterThan(0);
    },
    60_000 + WATCHED_MS,
  );

  promise("an account that a Worker cannot serve waits for a binary, and holds up no other", fleet, async (on) => {
    const { worker, startBinary, cronUntil } = on;
    const sink = await startSink();
    const servers = [
      await startSmtpServer({ tls: "implicit", certificate: "elsewhere" }),
      await startSmtpServer({ tls: "implicit" }),
    ] as const;
    const entrance = startBinary({ SCHEDULER_ACTIVE: "false" });
    await setUp(entrance, sink);
    const common = { tenant_id: TENANT, host: "127.0.0.1", tls: "implicit" };
    const unserved = [
      { id: "unverified", port: servers[0].port, tls_verify: false },
      { id: "own-ca", port: servers[1].port, ca: testCa },
    ];
    for (const account of unserved)
      expect(await entrance.call("POST", "/account", { ...common, ...account })).toMatchObject({ status: 200 });
    const mail = ["unverified", "own-ca", "default"].flatMap((account_id) =>
      ids(5, `${account_id}-`).map((id) => ({ ...message(id), account_id })),
    );
    expect(await entrance.call("POST", "/commands/add-messages", { messages: mail })).toMatchObject({ status: 200 });

    await cronUntil(() => sink.taken.length === 5);
    await worker.cron();
    const states = async (proxy: MailProxy) => {
      const views = unserved.map(({ id }) => proxy.call("GET", `/account/${id}?tenant_id=${TENANT}`));
      return (await Promise.all(views)).map(({ body }) => [body.state, body.last_error]);
    };
    expect(await states(worker)).toEqual([
      ["paused", expect.stringMatching(/^tls_verify .*on Workers/)],
      ["paused", expect.stringMatching(/^ca .*on Workers/)],
    ]);
    const ok = ["ok", null];
    expect(await states(entrance)).toEqual([ok, ok]);
    expect(servers.flatMap(({ connections }) => connections)).toEqual([]);

    await settled(startBinary());
    expect(servers.map((server) => server.messages.length)).toEqual([5, 5]);
    expect([...new Set((await statuses(worker)).values())]).toEqual(["sent"]);
  });

  promise(
    "a Worker that dies at work costs no message, and doubles only what it had not written down",
    fleet,
    async (on) => {
      const sink = await startSink({ thinkMs: 20 });
      const entrance = on.startBinary({ SCHEDULER_ACTIVE: "false" });
      await setUp(entrance, sink);
      const expected = ids(400);
      await queue(entrance, expected);
      const cron = on.worker.cron().then(
        () => "ended",
        () => "cut off",
      );
      await sink.until(() => sink.taken.length >= 200);
      await on.worker.kill();
      const killedAt = Date.now();
      expect(await cron).toBe("cut off");
      const byWorker = sink.taken.length;
      expect(byWorker).toBeLessThan(expected.length);

      await settled(on.startBinary());
      const copies = sink.copies();
      expect([...copies.keys()].sort()).toEqual([...expected].sort());
      expect(new Set((await statuses(entrance)).values())).toEqual(new Set(["sent"]));
      const doubled = [...copies.values()].filter(({ length }) => length > 1);
      console.log(`a Worker killed after ${byWorker} of ${expected.length}: ${doubled.length} sent twice`);
      expect(doubled.length).toBeLessThanOrEqual(MOST_UNWRITTEN);
      for (const [first, second, ...more] of doubled) {
        expect(more).toEqual([]);
        expect([first!.client, second!.client]).toEqual([WORKER, BINARY]);
        expect(second).toMatchObject({ messageId: first!.messageId, digest: first!.digest });
        // A lease is kept anew each third of itself.
        expect(second!.at - killedAt).toBeGreaterThan((LEASE_SECONDS * 1000) / 3);
      }
    },
  );
});
