/** Connections of one account: kept, shared in turn, replaced when they die, and never more of them than allowed. */
import { describe, expect, onTestFinished, test } from "vitest";
import { Pool, type PoolEvent, type PoolOptions } from "../../src/smtp/pool.ts";
import { type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";
import { account, byAddress, envelope, MESSAGE } from "./support.ts";

async function poolFor(script: Script, options: Partial<PoolOptions> = {}, more: Parameters<typeof account>[1] = {}) {
  const server = await startSmtpServer(script);
  const events: PoolEvent[] = [];
  const onEvent = (event: PoolEvent) => void events.push(event);
  const defaults = { maxConnections: 3, idleMs: 60_000, now: () => Date.now(), onEvent };
  const pool = new Pool(account(server.port, more), { ...defaults, ...options });
  onTestFinished(() => pool.close());
  const send = (name = "b") => pool.send(envelope([`${name}@test`]), MESSAGE);
  return { server, pool, send, events };
}

const QUICK = { replyTimeoutMs: 200 };

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const transactionsPerConnection = (server: ScriptedServer) =>
  server.connections.map(({ lines }) => lines.filter((line) => line === "BODY").length);

test("one sender after another uses one connection", async () => {
  const { server, pool, send } = await poolFor({});
  for (const name of numbers(10)) expect(byAddress(await send(name))).toEqual({ [`${name}@test`]: "accepted" });
  expect(transactionsPerConnection(server)).toEqual([10]);
  expect(pool.stats).toEqual({ open: 1, idle: 1, opening: 0, waiting: 0 });
});

test("senders at the same time share the connections that are allowed, and all arrive", async () => {
  const { server, pool, send } = await poolFor({});
  const outcomes = await Promise.all(numbers(200).map(send));
  expect(outcomes.every(({ kind }) => kind === "answered")).toBe(true);
  expect(server.connections).toHaveLength(3);
  expect(new Set(server.messages.map(({ recipients }) => recipients[0])).size).toBe(200);
  expect(pool.stats.waiting).toBe(0);
});

test("who waits first is served first", async () => {
  const { server, send } = await poolFor({}, { maxConnections: 1 });
  await Promise.all(numbers(50).map(send));
  expect(server.messages.map(({ recipients }) => recipients[0])).toEqual(numbers(50).map((name) => `${name}@test`));
});

test("who waits has its commands sent behind the final dot of the message before (RFC 2920 3.1)", async () => {
  const { server, send } = await poolFor({}, { maxConnections: 1 });
  await Promise.all(["b", "c"].map(send));
  const text = Buffer.from(MESSAGE).toString("latin1");
  const commands = (name: string) => `MAIL FROM:<a@test> SIZE=${text.length}\r\nRCPT TO:<${name}@test>\r\nDATA\r\n`;
  expect(server.connections[0]?.packets.slice(1)).toEqual([
    commands("b"),
    `${text}.\r\n${commands("c")}`,
    `${text}.\r\n`,
  ]);
});

test("without PIPELINING nobody's commands are sent before the message ahead has its reply", async () => {
  const { server, send } = await poolFor({ extensions: [] }, { maxConnections: 1 });
  await Promise.all(numbers(3).map(send));
  expect(server.connections[0]?.packets.filter((packet) => /\r\n\.\r\n./.test(packet))).toEqual([]);
  expect(server.messages).toHaveLength(3);
});

test("a server that loses what follows a final dot is found out, and has every message once", async () => {
  const { server, send } = await poolFor(
    { answer: ({ verb }) => (verb === "BODY" ? { raw: "250 2.0.0 queued\r\n", forget: true } : undefined) },
    { maxConnections: 1 },
    QUICK,
  );
  const outcomes = await Promise.all(numbers(10).map(send));
  expect(outcomes.flatMap((outcome) => Object.values(byAddress(outcome)))).toEqual(Array(10).fill("accepted"));
  expect(server.lines.filter((line) => line === "BODY")).toHaveLength(10);
  expect(server.connections).toHaveLength(2);
});

test("each message has the outcome that is its own, whatever becomes of the one before it on the connection", async () => {
  const { server, send } = await poolFor(
    {
      answer: ({ verb, line }) => {
        if (verb === "RCPT" && line.includes("<2")) return "550 5.1.1 no";
        return verb === "BODY" && ++bodies % 3 === 0 ? "554 5.7.1 spam" : undefined;
      },
    },
    { maxConnections: 1 },
  );
  let bodies = 0;
  const outcomes = await Promise.all(numbers(8).map(send));
  expect(outcomes.map((outcome) => Object.values(byAddress(outcome))[0])).toEqual([
    "accepted",
    "accepted",
    "rcpt 550",
    "body 554",
    "accepted",
    "accepted",
    "body 554",
    "accepted",
  ]);
  expect(server.connections).toHaveLength(1);
});

test("a message that waited behind one whose connection broke goes out on another, at no cost", async () => {
  const { server, send } = await poolFor(
    { answer: ({ verb }) => (verb === "BODY" && server.connections.length === 1 ? { next: "close" } : undefined) },
    { maxConnections: 1 },
  );
  const [first, second] = await Promise.all(["first", "second"].map(send));
  expect(first).toMatchObject({ kind: "lost", stage: "body", unknown: true });
  expect(second).toMatchObject({ kind: "answered", recipients: [{ kind: "accepted" }] });
});

test("a message that this server cannot have does not disturb the one before it", async () => {
  const { server, pool, send } = await poolFor({}, { maxConnections: 1 });
  const bad = () => pool.send(envelope(["b@test"], { from: "a b" }), MESSAGE);
  const outcomes = await Promise.all([send(), bad(), send(), bad()]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["answered", "unsendable", "answered", "unsendable"]);
  expect(server.messages).toHaveLength(2);
});

test("a connection says goodbye after its number of messages", async () => {
  const { server, send } = await poolFor({}, { maxConnections: 1, maxMessagesPerConnection: 2 });
  await Promise.all(numbers(5).map(send));
  expect(transactionsPerConnection(server)).toEqual([2, 2, 1]);
  expect(server.connections.slice(0, 2).map(({ lines }) => lines.at(-1))).toEqual(["QUIT", "QUIT"]);
});

test("a connection that says goodbye counts until the server has heard it", async () => {
  let present = 0;
  let most = 0;
  const { send } = await poolFor(
    {
      answer: ({ verb, connection }) => {
        if (verb === "CONNECT") most = Math.max(most, ++present);
        if (verb !== "QUIT") return undefined;
        setTimeout(() => {
          present--;
          connection.socket.end("221 2.0.0 bye\r\n");
        }, 5);
        return {};
      },
    },
    { maxConnections: 2, maxMessagesPerConnection: 1 },
  );
  const sendThree = async () => {
    for (const name of numbers(3)) await send(name);
  };
  await Promise.all([sendThree(), sendThree(), sendThree()]);
  expect(most).toBe(2);
});

test("a connection says goodbye after idle time", async () => {
  const { server, pool, send, events } = await poolFor({}, { idleMs: 30 });
  await send();
  await server.until(() => server.connections[0]?.closed === true);
  expect(server.lines.at(-1)).toBe("QUIT");
  expect(events.at(-1)).toEqual({ kind: "closed", messages: 1, reason: "idle" });
  expect(pool.stats.open).toBe(0);
});

test("an idle connection has no timer that keeps a process alive", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const { pool, send } = await poolFor({});
  const before = timers();
  await send();
  expect(pool.stats.idle).toBe(1);
  expect(timers()).toBeLessThanOrEqual(before);
});

describe("a connection that died while idle costs nothing", () => {
  test("if its end was noticed", async () => {
    const { server, pool, send, events } = await poolFor({});
    await send();
    server.connections[0]?.socket.end("421 4.4.2 idle for too long\r\n");
    await expect.poll(() => pool.stats.open).toBe(0);
    expect(events.at(-1)).toEqual({ kind: "closed", messages: 1, reason: "lost" });
    expect(byAddress(await send())).toEqual({ "b@test": "accepted" });
  });

  test.each([
    ["closes", { next: "close" }],
    ["resets", { next: "reset" }],
    ["answers 421", "421 4.4.2 idle for too long"],
  ] as const)("if the server %s only when it is used again, on each connection of the pool", async (_, fault) => {
    const answer: Script["answer"] = ({ verb, connection }) =>
      verb === "MAIL" && connection.lines.includes("BODY") ? fault : undefined;
    const { server, send } = await poolFor({ answer });
    await Promise.all(numbers(3).map(send));
    const outcomes = await Promise.all(["x", "y", "z"].map(send));
    expect(outcomes.map((outcome) => Object.values(byAddress(outcome)))).toEqual([
      ["accepted"],
      ["accepted"],
      ["accepted"],
    ]);
    expect(server.messages).toHaveLength(6);
  });
});

test("what idled beside a dead connection is not tried, one by one, by who needs a connection that works", async () => {
  const delivered: (() => void)[] = [];
  const { server, pool, send } = await poolFor(
    {
      answer: ({ verb, connection }) => {
        if (verb === "MAIL" && connection.lines.includes("BODY")) return { next: "stall" };
        if (verb !== "BODY" || delivered.length === 3) return undefined;
        // Three messages at once make three connections.
        delivered.push(() => connection.socket.write("250 2.0.0 queued\r\n"));
        if (delivered.length === 3) for (const deliver of delivered) deliver();
        return {};
      },
    },
    {},
    { replyTimeoutMs: 200 },
  );
  await Promise.all(numbers(3).map(send));
  expect(pool.stats.idle).toBe(3);
  expect(byAddress(await send())).toEqual({ "b@test": "accepted" });
  expect(pool.stats).toMatchObject({ open: 1, idle: 1 });
  expect(server.connections).toHaveLength(4);
});

test("who met a dead connection gets a new one even if the server takes no more beside those at work", async () => {
  let full = false;
  const { server, pool, send } = await poolFor(
    {
      answer: ({ verb, connection }) => {
        const [first, second] = server.connections;
        if (verb === "CONNECT" && full) {
          setImmediate(() => first?.socket.write("250 2.0.0 queued\r\n"));
          return { raw: "421 4.7.0 too many connections\r\n", next: "close" };
        }
        if (verb === "MAIL" && full && connection === second) return { next: "close" };
        if (verb === "BODY" && full && connection === first) return {};
        if (verb === "QUIT") full = false;
        return undefined;
      },
    },
    { maxConnections: 2 },
  );
  await Promise.all(numbers(2).map(send));
  expect(pool.stats.idle).toBe(2);
  full = true;
  const outcomes = await Promise.all(["x", "y"].map(send));
  expect(outcomes.flatMap((outcome) => Object.values(byAddress(outcome)))).toEqual(["accepted", "accepted"]);
  expect(server.connections).toHaveLength(4);
});

test("a new connection that dies is the message's attempt, and is not tried again behind its back", async () => {
  const { server, send } = await poolFor({ answer: ({ verb }) => (verb === "MAIL" ? { next: "close" } : undefined) });
  expect(await send()).toMatchObject({ kind: "lost", stage: "mail" });
  expect(server.connections).toHaveLength(1);
});

test("a message that the server may have taken is never sent a second time", async () => {
  let messages = 0;
  const { server, send } = await poolFor({
    answer: ({ verb }) => (verb === "BODY" && ++messages === 2 ? { next: "close" } : undefined),
  });
  await send("first");
  expect(await send("second")).toMatchObject({ kind: "lost", stage: "body", unknown: true });
  expect(server.lines.filter((line) => line.includes("second"))).toHaveLength(1);
});

test("a server that ends every used connection is not asked for ever", async () => {
  const { server, send } = await poolFor({
    answer: ({ verb, connection }) =>
      verb === "MAIL" && connection.lines.includes("BODY") ? "421 no more" : undefined,
  });
  const outcomes = await Promise.all(numbers(20).map(send));
  expect(outcomes.flatMap((outcome) => Object.values(byAddress(outcome)))).toEqual(Array(20).fill("accepted"));
  expect(server.connections.length).toBeLessThanOrEqual(40);
});

test("a programmer's mistake is thrown at who made it, and costs the others nothing", async () => {
  const { pool, send } = await poolFor({}, { maxConnections: 1 });
  const mistaken = JSON.parse('{ "from": 1, "recipients": [], "utf8": false }');
  const outcomes = await Promise.allSettled([pool.send(mistaken, MESSAGE), send()]);
  expect(outcomes).toMatchObject([{ status: "rejected" }, { status: "fulfilled", value: { kind: "answered" } }]);
  await pool.close();
});

describe("an account at fault", () => {
  test("is tried once, and everybody who waits is told", async () => {
    const { server, send, events } = await poolFor(
      { extensions: ["AUTH PLAIN"], answer: ({ verb }) => (verb === "AUTH" ? "535 5.7.8 wrong password" : undefined) },
      {},
      { user: "u", password: "secret" },
    );
    const outcomes = await Promise.all(numbers(50).map(send));
    const fault = {
      kind: "account_fault",
      stage: "auth",
      reply: { code: 535, enhanced: "5.7.8", text: "wrong password" },
    };
    for (const outcome of outcomes) expect(outcome).toMatchObject(fault);
    expect(server.connections).toHaveLength(1);
    expect(events).toMatchObject([{ kind: "fault", fault }]);
  });

  test("is tried again by who comes later", async () => {
    let down = true;
    const { send } = await poolFor({
      answer: ({ verb }) => (verb === "CONNECT" && down ? "554 5.3.2 not now" : undefined),
    });
    expect(await send()).toMatchObject({ kind: "account_fault", stage: "greeting" });
    down = false;
    expect(byAddress(await send())).toEqual({ "b@test": "accepted" });
  });

  test("a server that takes only so many connections is sent to over those, without asking again and again", async () => {
    const { server, send, events } = await poolFor(
      {
        answer: ({ verb }) =>
          verb === "CONNECT" && server.connections.some(({ closed }) => !closed)
            ? { raw: "421 4.7.0 too many connections\r\n", next: "close" }
            : undefined,
      },
      { maxConnections: 8 },
    );
    const outcomes = await Promise.all(numbers(100).map(send));
    expect(outcomes.every(({ kind }) => kind === "answered")).toBe(true);
    expect(server.messages).toHaveLength(100);
    expect(server.connections.length).toBeLessThanOrEqual(8);
    expect(events).toContainEqual(expect.objectContaining({ kind: "limited", connections: expect.any(Number) }));
    expect(events).not.toContainEqual(expect.objectContaining({ kind: "fault" }));
  });
});

describe("closing", () => {
  test("waits for what is in flight and for who waits, then says goodbye on every connection", async () => {
    const { server, pool, send } = await poolFor({});
    const sent = Promise.all(numbers(20).map(send));
    await pool.close();
    expect((await sent).every(({ kind }) => kind === "answered")).toBe(true);
    expect(server.connections.map(({ lines }) => lines.at(-1))).toEqual(["QUIT", "QUIT", "QUIT"]);
    expect(pool.stats).toEqual({ open: 0, idle: 0, opening: 0, waiting: 0 });
  });

  test("ends idle connections, and keeps none for who comes later", async () => {
    const { server, pool, send } = await poolFor({});
    await send();
    await pool.close();
    expect(server.lines.at(-1)).toBe("QUIT");
    expect(byAddress(await send())).toEqual({ "b@test": "accepted" });
    await pool.close();
    expect(server.connections.map(({ lines }) => lines.at(-1))).toEqual(["QUIT", "QUIT"]);
  });

  test("is not held up by a server that does not say goodbye", async () => {
    const { pool, send } = await poolFor(
      { answer: ({ verb }) => (verb === "QUIT" ? { next: "stall" } : undefined) },
      {},
      QUICK,
    );
    await send();
    await pool.close();
    expect(pool.stats.open).toBe(0);
  });
});

test("a message cut off by an abort is its sender's, and does not go out on a new connection", async () => {
  const { server, pool, send } = await poolFor({
    answer: ({ verb, connection }) =>
      verb === "MAIL" && connection.lines.includes("BODY") ? { next: "stall" } : undefined,
  });
  await send("first");
  const second = send("second");
  await server.until(() => server.lines.filter((line) => line.startsWith("MAIL")).length === 2);
  pool.abort();
  expect(await second).toMatchObject({ kind: "lost", stage: "mail", unknown: false });
  expect(server.connections).toHaveLength(1);
});
