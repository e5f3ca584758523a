/** What the Worker asks of its database, request by request: an invocation is granted 50 in all on the free plan. */
import { encodeBase64 } from "hono/utils/encode";
import { describe, expect, test } from "vitest";
import { bounce, bytes } from "../bounces/mails.ts";
import { endpoint } from "../reports/support.ts";
import { receiver } from "../reports/webhooks/support.ts";
import { startSink } from "../support/counting-sink.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, execute, type Invocations, message, type RoundTrip, startInvocations } from "./invocations.ts";

/** Forty accounts are made one by one. */
const LONGEST_MS = 60_000;

/** Skips by name where there is no libSQL server. */
function promise(name: string, settings: Record<string, string>, keep: (on: Invocations) => Promise<void>): void {
  test(name, { timeout: LONGEST_MS }, async ({ skip }) => {
    const on = await startInvocations(settings);
    if ("unavailable" in on) skip(on.unavailable);
    else await keep(on);
  });
}

const add = (on: Invocations, ids: string[], over: object = {}) =>
  on.call("POST", "/commands/add-messages", { messages: ids.map((id) => message(id, over)) });
const ids = (count: number, prefix = "m") => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** Puts messages in that are due in a second, and waits for that second. */
async function due(on: Invocations, ids: string[], over: (n: number) => object = () => ({})): Promise<void> {
  const soon = Math.ceil(Date.now() / 1000) + 1;
  const messages = ids.map((id, n) => message(id, { deferred_ts: soon, ...over(n) }));
  expect(await on.call("POST", "/commands/add-messages", { messages })).toMatchObject({ body: { queued: ids.length } });
  await on.settled();
  await new Promise((resolve) => setTimeout(resolve, soon * 1000 - Date.now()));
  on.roundTrips();
}

const byNumber = (a: string, b: string) => Number(a) - Number(b);

const isClaim = (trip: RoundTrip) => trip.some((sql) => sql.startsWith("update messages set state = 'sending'"));
const isSettle = (trip: RoundTrip) => trip.some((sql) => sql.includes("a lease was lost"));
const isLook = (trip: RoundTrip) => trip.some((sql) => sql.startsWith("with recursive waiting"));

describe("round trips to the database", () => {
  promise("a message is taken in one", {}, async (on) => {
    await addTenant(on, "acme", [1]);
    await add(on, ["first"]);
    await on.settled();
    on.roundTrips();
    expect(await add(on, ["m"])).toMatchObject({ body: { queued: 1 } });
    const trips = on.roundTrips();
    expect(trips).toHaveLength(1);
    expect(trips[0]!.length).toBeLessThanOrEqual(5);
    await on.settled();
  });

  promise("so are a hundred", { SCHEDULER_ACTIVE: "false" }, async (on) => {
    await addTenant(on, "acme", [1]);
    await add(on, ["first"]);
    await on.settled();
    on.roundTrips();
    expect(await add(on, ids(100))).toMatchObject({ body: { queued: 100 } });
    expect(on.roundTrips().map(({ length }) => length)).toEqual([5]);
    await on.settled();
    expect(on.roundTrips().map(([sql]) => sql?.slice(0, 23))).toEqual(["insert into command_log"]);
  });

  promise(
    "behind its answer a message is sent in three, reported in three, looked for webhooks in one, and logged in one",
    {},
    async (on) => {
      const server = await startSmtpServer({});
      const client = await endpoint();
      await addTenant(on, "acme", [server.port], client.url);
      await on.cron(); // the first, idle report
      on.roundTrips();
      expect(await add(on, ["m"])).toMatchObject({ body: { queued: 1 } });
      on.roundTrips();
      await on.settled();
      const trips = on.roundTrips();
      expect(server.messages).toHaveLength(1);
      expect(client.calls.flatMap(({ reports }) => reports.map(({ id }) => id))).toEqual(["m"]);
      expect([isLook, isClaim, isSettle].map((kind) => trips.filter(kind).length)).toEqual([1, 1, 1]);
      const others = trips.filter((trip) => ![isLook, isClaim, isSettle].some((kind) => kind(trip)));
      expect(others.map(([sql]) => sql?.split(" ", 3).join(" ")).toSorted()).toEqual([
        "insert into command_log",
        "insert into syncs",
        "select f.event as", // whether there are webhooks
        "select id, standing",
        "update events set",
      ]);
      expect(trips).toHaveLength(8);
      // Each message pays for the statements of one batch: look, claim, settle, and the three of its report.
      expect(trips.flat().length).toBeLessThanOrEqual(25);
    },
  );

  promise("events come to a webhook by five, and one more for each 250 ms that it takes", {}, async (on) => {
    const server = await startSmtpServer({});
    const hook = await receiver();
    await addTenant(on, "acme", [server.port]);
    await on.call("POST", "/webhooks?tenant_id=acme", { url: hook.url, events: ["email.sent"] });
    await due(on, ids(20));
    await on.cron();
    const own = on.roundTrips().flatMap(([sql = ""]) => (/\bwebhook/.test(sql) ? sql.split(" ", 3).join(" ") : []));
    expect(hook.taken).toHaveLength(20);
    // How a turn ends of which all has been written down on the way, as it took its time; and the sweep, which is there anyhow.
    const others = ["update webhook_deliveries set", "delete from messages"];
    expect([...new Set(own)].filter((beginning) => !others.includes(beginning))).toEqual([
      "select f.event as",
      "insert into webhook_deliveries",
      "select id, standing",
      "update webhooks as",
      "insert into webhook_attempts",
    ]);
  });

  /** Sends so many by one cron; answers what that took, and how long. */
  async function drained(on: Invocations, count: number) {
    const sink = await startSink();
    await addTenant(on, "acme", [sink.port]);
    await due(on, ids(count));
    const begin = performance.now();
    await on.cron();
    const elapsedMs = performance.now() - begin;
    expect(sink.taken).toHaveLength(count);
    const trips = on.roundTrips();
    const [looks = 0, claims = 0, settles = 0] = [isLook, isClaim, isSettle].map((kind) => trips.filter(kind).length);
    return { looks, claims, settles, elapsedMs };
  }

  promise(
    "a batch costs a look, a claim and a settle, and one settle more for each 50 ms that its server takes",
    {},
    async (on) => {
      const { looks, claims, settles, elapsedMs } = await drained(on, 50);
      expect([looks, claims]).toEqual([1, 1]);
      expect(settles).toBeLessThanOrEqual(1 + elapsedMs / 50);
    },
  );

  promise("ten batches cost no more than ten times as much", { TICK_SUBREQUESTS: "10000" }, async (on) => {
    const { looks, claims, settles, elapsedMs } = await drained(on, 500);
    expect(claims).toBeGreaterThan(1);
    expect(looks).toBeLessThanOrEqual(claims);
    expect(settles).toBeLessThanOrEqual(claims + Math.ceil(500 / 64) + elapsedMs / 50);
  });
});

const CHORES = `
  select (select count(*) from arrivals) + (select count(*) from pec_waits)
    + (select count(*) from suppressions where expires_at is not null) as n`;

/** For a tenant of its own: a hundred receipts that are late, seven mails that were kept, and more than a cron sweeps. */
async function addChores(on: Invocations, reportsTo: string): Promise<void> {
  await addTenant(on, "globex", [1], reportsTo);
  const messages = ids(100, "late").map((id) => message(id, { tenant_id: "globex", deferred_ts: 4_000_000_000 }));
  expect(await on.call("POST", "/commands/add-messages", { messages })).toMatchObject({ body: { queued: 100 } });
  await on.settled();
  const taken = JSON.stringify([["to", "a@example.net", "sent", 250, "2.0.0", "ok"]]);
  const send =
    "update messages set state = 'sent', wake_at = 0, recipients = ? where tenant_id = 'globex' returning pk";
  const sent = await execute<{ pk: string }>(on, send, [taken]);
  await execute(on, "insert into pec_waits select seq, 0 from messages where tenant_id = 'globex'");
  for (const [n, { pk }] of sent.slice(0, 7).entries())
    await execute(on, "insert into arrivals values (?, '', 'b@example.com', ?, ?)", [
      `${n}`,
      encodeBase64(bytes(bounce({ pk })).buffer),
      n,
    ]);
  const suppress = `
    with recursive n(n) as (select 1 union all select n + 1 from n where n < 600)
    insert into suppressions (tenant_id, address, spelled, source, created_at, expires_at)
    select 'globex', n || '@example.net', n || '@example.net', 'manual', 0, 1 from n`;
  await execute(on, suppress);
}

describe("the budget of an invocation", () => {
  const CRONS: { does: string; more: (on: Invocations, reportsTo: string) => Promise<void> }[] = [
    { does: "sends", more: async () => undefined },
    { does: "sends, reads mail of an older version, notes late receipts and sweeps", more: addChores },
  ];
  for (const { does, more } of CRONS)
    promise(
      `no cron that ${does} asks for more than it is granted, and what it cannot do goes with the next`,
      {},
      async (on) => {
        let open = 0;
        let most = 0;
        const server = await startSmtpServer({
          answer: ({ verb, connection }) => {
            if (verb !== "CONNECT") return undefined;
            open += 1;
            most = Math.max(most, open);
            connection.socket.on("close", () => (open -= 1));
            return undefined;
          },
        });
        const client = await endpoint();
        await more(on, client.url);
        // Each account has connections of its own: the dearest case.
        await addTenant(
          on,
          "acme",
          Array.from({ length: 40 }, () => server.port),
          client.url,
        );
        const accounts = ["default", ...ids(39, "default-").map((_, n) => `default-${n + 1}`)];
        await due(on, ids(40), (n) => ({ tenant_id: "acme", account_id: accounts[n] }));
        const asked = () => on.proxy.requests + server.connections.length + client.calls.length;
        const spent: number[] = [];
        while (server.messages.length < 40) {
          const before = asked();
          await on.cron();
          spent.push(asked() - before);
        }
        expect(most).toBeLessThan(6); // as many as Workers may have at once, and one is the database's
        expect(Math.max(...spent)).toBeLessThanOrEqual(50);
        expect(Math.max(...spent)).toBeGreaterThan(25);
        expect(spent.length).toBeLessThanOrEqual(4);
        expect(new Set(server.messages.map(({ wire }) => /^Subject: .*$/m.exec(wire)?.[0])).size).toBe(40);
        await on.cron();
        const told = client.calls.flatMap(({ reports }) => reports.map(({ id }) => id));
        expect(told.filter((id) => id.startsWith("m")).toSorted()).toEqual(ids(40).toSorted());
        // What is left over takes a few quiet minutes more.
        while ((await execute(on, CHORES))[0]?.n !== 0) {
          const before = asked();
          await on.cron();
          spent.push(asked() - before);
        }
        expect(Math.max(...spent)).toBeLessThanOrEqual(50);
        expect(spent.length).toBeLessThanOrEqual(8);
      },
    );

  promise("webhooks neither, whatever else there is to do; and each event comes once, in order", {}, async (on) => {
    const server = await startSmtpServer({});
    const client = await endpoint();
    const hooks = await Promise.all(Array.from({ length: 6 }, () => receiver()));
    for (const [n, { url }] of hooks.entries()) {
      await addTenant(on, `t${n}`, [server.port], client.url);
      const made = await on.call("POST", `/webhooks?tenant_id=t${n}`, { url, events: ["email.sent"] });
      expect(made).toMatchObject({ status: 200 });
    }
    await due(on, ids(60), (n) => ({ tenant_id: `t${n % hooks.length}` }));
    const called = () => hooks.reduce((sum, { calls }) => sum + calls.length, 0);
    const asked = () => on.proxy.requests + server.connections.length + client.calls.length + called();
    const spent: number[] = [];
    while (called() < 60) {
      const before = asked();
      await on.cron();
      spent.push(asked() - before);
      expect(spent.length).toBeLessThan(20);
    }
    expect(Math.max(...spent)).toBeLessThanOrEqual(50);
    expect(Math.max(...spent)).toBeGreaterThan(25);
    for (const { takenEvents } of hooks) {
      expect(takenEvents()).toHaveLength(10);
      expect(takenEvents()).toEqual([...new Set(takenEvents())].toSorted(byNumber));
    }
  });

  promise("dead servers cost no more than it either", {}, async (on) => {
    await addTenant(
      on,
      "acme",
      Array.from({ length: 40 }, () => 1),
    );
    await due(on, ids(40), (n) => ({ account_id: n === 0 ? "default" : `default-${n}` }));
    const paused = async () => {
      const { body } = await on.call("GET", "/accounts?tenant_id=acme");
      return (body.accounts as { state: string }[]).filter(({ state }) => state === "paused").length;
    };
    for (let tick = 1; tick <= 4; tick++) {
      const [pausedBefore, before] = [await paused(), on.proxy.requests];
      await on.cron();
      const asked = on.proxy.requests - before;
      const tried = (await paused()) - pausedBefore; // each by a connection of its own
      expect(asked + tried).toBeLessThanOrEqual(50);
      if (tick === 1) expect(tried).toBeGreaterThan(5);
    }
    const { body } = await on.call("GET", "/messages?limit=100");
    expect(body.messages).toHaveLength(40);
    expect(new Set((body.messages as { status: string }[]).map(({ status }) => status))).toEqual(new Set(["pending"]));
  });

  promise(
    "TICK_MESSAGES bounds a cron: a thousand deferred messages go in as many ticks as it says",
    { TICK_MESSAGES: "300", TICK_SUBREQUESTS: "10000" },
    async (on) => {
      const sink = await startSink();
      await addTenant(on, "acme", [sink.port]);
      await due(on, ids(1_000));
      const after: number[] = [];
      for (let tick = 0; tick < 4; tick++) {
        await on.cron();
        after.push(sink.taken.length);
      }
      expect(after).toEqual([300, 600, 900, 1_000]);
      expect(sink.distinct).toBe(1_000);
    },
  );
});
