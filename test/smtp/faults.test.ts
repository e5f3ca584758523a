/** A server may break off, stall, talk nonsense or never stop, at any stage: each is an outcome, and none costs more. */
import { describe, expect, test } from "vitest";
import { Session } from "../../src/smtp/session.ts";
import { type Answer, type Script, startSmtpServer, testCa, type Verb } from "../support/smtp-server.ts";
import { account, byAddress, bytes, envelope, MESSAGE, openFault, openSession } from "./support.ts";

/** For servers that stall; all others are given the time that a busy machine may need. */
const PATIENCE_MS = 200;

const FAULTS: Record<string, Answer> = {
  "closes the connection": { next: "close" },
  "resets the connection": { next: "reset" },
  "closes the connection inside a reply": { raw: "250-half a rep", next: "close" },
  "says nothing": { next: "stall" },
  "speaks another protocol": { raw: "HTTP/1.1 400 Bad Request\r\n\r\n" },
  "ends lines in bare LF": { raw: "250 ok\n250 ok\n" },
  "never ends its reply": { raw: "250-and another thing\r\n".repeat(1000), flood: true },
  "never ends its line": { raw: "x".repeat(10_000), flood: true },
};

/** One server that misbehaves at `verb`, and an account that asks it for everything. */
async function faultyServer(verb: Verb, fault: Answer, extensions?: string[]) {
  const script: Script = { answer: (heard) => (heard.verb === verb ? fault : undefined) };
  const server = await startSmtpServer({ ...script, ...(extensions && { extensions }) });
  return { server, to: account(server.port, fault === FAULTS["says nothing"] ? { replyTimeoutMs: PATIENCE_MS } : {}) };
}

describe.each(Object.entries(FAULTS))("a server that %s", (_, fault) => {
  test.each([
    ["CONNECT", expect.stringMatching(/connect|greeting/)], // a reset may come before the connection is told
    ["EHLO", "ehlo"],
    ["STARTTLS", "tls"],
    ["AUTH", "auth"],
  ] as const)("at %s puts the account at fault", async (verb, stage) => {
    const { to } = await faultyServer(verb, fault, ["STARTTLS", "AUTH PLAIN"]);
    const secured = { tls: "starttls", ca: testCa, user: "u", password: "a secret" } as const;
    expect(await openFault({ ...to, ...secured })).toMatchObject({ kind: "account_fault", stage });
  });

  test.each([
    ["MAIL", "mail", false],
    ["RCPT", "rcpt", false],
    ["DATA", "data", false],
    ["BODY", "body", true],
  ] as const)("at %s loses the attempt in stage %s; that its outcome is unknown: %s", async (verb, stage, unknown) => {
    const { to } = await faultyServer(verb, fault);
    const session = await openSession(to);
    const outcome = await session.send(envelope(["b@test", "c@test"]), MESSAGE);
    expect(outcome).toMatchObject({ kind: "lost", stage, unknown, recipients: [] });
    expect(session.alive).toBe(false);
  });

  test("at RSET loses the attempt before anything of the message was said", async () => {
    const answer: Script["answer"] = ({ verb }) =>
      verb === "RSET" ? fault : verb === "DATA" ? "451 later" : undefined;
    const server = await startSmtpServer({ answer });
    const session = await openSession(account(server.port, { replyTimeoutMs: PATIENCE_MS }));
    await session.send(envelope(), MESSAGE);
    expect(await session.send(envelope(), MESSAGE)).toMatchObject({ kind: "lost", stage: "rset", unknown: false });
  });
});

test("a recipient that had its refusal before the connection broke keeps it", async () => {
  const server = await startSmtpServer({
    extensions: [],
    answer: ({ line }) =>
      line.includes("<b@") ? "550 5.1.1 no" : line.includes("<c@") ? { next: "close" } : undefined,
  });
  const outcome = await (await openSession(account(server.port))).send(envelope(["b@test", "c@test"]), MESSAGE);
  expect(outcome).toMatchObject({ kind: "lost", stage: "rcpt" });
  expect(byAddress(outcome)).toEqual({ "b@test": "rcpt 550" });
});

test("a connection that breaks after every recipient had its refusal changes nothing", async () => {
  const server = await startSmtpServer({
    answer: ({ verb }) => (verb === "RCPT" ? "550 5.1.1 no" : verb === "DATA" ? { next: "reset" } : undefined),
  });
  const session = await openSession(account(server.port));
  const outcome = await session.send(envelope(), MESSAGE);
  expect(outcome.kind).toBe("answered");
  expect(byAddress(outcome)).toEqual({ "b@test": "rcpt 550" });
  expect(session.alive).toBe(false);
});

test("half a reply is waited for no longer than a whole one", async () => {
  const server = await startSmtpServer({
    answer: ({ verb }) => (verb === "MAIL" ? { raw: "250-wait\r\n250-a bit", next: "stall" } : undefined),
  });
  const session = await openSession(account(server.port, { replyTimeoutMs: PATIENCE_MS }));
  const outcome = await session.send(envelope(), MESSAGE);
  expect(outcome).toMatchObject({ kind: "lost", stage: "mail", error: `no reply within ${PATIENCE_MS} ms` });
});

test("a reply out of turn is never taken for the acceptance of a message", async () => {
  const server = await startSmtpServer({
    answer: ({ verb }) => (verb === "DATA" ? { raw: "354 go\r\n250 2.0.0 accepted\r\n" } : undefined),
  });
  const outcome = await (await openSession(account(server.port))).send(envelope(), MESSAGE);
  expect(outcome).toMatchObject({ kind: "lost", stage: "body" });
  expect(server.messages).toEqual([]);
});

test.each([
  ["MAIL", "354 go ahead", "mail"],
  ["RCPT", "354 go ahead", "rcpt"],
  ["DATA", "250 ok", "data"],
  ["BODY", "354 more", "body"],
])("a reply that makes no sense, such as to %s %s, is no acceptance", async (verb, reply, stage) => {
  const server = await startSmtpServer({
    answer: (heard) => (heard.verb === verb ? { raw: `${reply}\r\n` } : undefined),
  });
  const outcome = await (await openSession(account(server.port))).send(envelope(), MESSAGE);
  expect(outcome).toMatchObject({ kind: "lost", stage });
});

test("a server that does not read is waited for no longer than for a reply, and cannot have the message", async () => {
  const server = await startSmtpServer({
    extensions: [],
    answer: ({ verb, connection }) => {
      if (verb === "DATA") connection.socket.pause();
      return undefined;
    },
  });
  const session = await openSession(account(server.port, { replyTimeoutMs: 200 }));
  const outcome = await session.send(envelope(), bytes("x".repeat(70).concat("\r\n").repeat(300_000)));
  expect(outcome).toMatchObject({ kind: "lost", stage: "body", unknown: false });
});

test("the final dot is waited for longer than any other reply", async () => {
  const server = await startSmtpServer({
    answer: ({ verb, connection }) => {
      if (verb !== "BODY") return undefined;
      setTimeout(() => connection.socket.write("250 2.0.0 at last\r\n"), 2 * PATIENCE_MS);
      return {};
    },
  });
  const session = await openSession(account(server.port, { replyTimeoutMs: PATIENCE_MS }));
  expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
});

test.each(["127.0.0.1", "localhost"])(
  "nobody listens at %s: the account is at fault, and the fault says why",
  async (host) => {
    const server = await startSmtpServer();
    const { port } = server;
    await server.close();
    expect(await openFault(account(port, { host }))).toMatchObject({
      stage: "connect",
      error: expect.stringContaining("ECONNREFUSED"),
    });
  },
);

test.each([
  ["421 4.7.0 too many connections", { code: 421, enhanced: "4.7.0", text: "too many connections" }],
  ["554 5.7.1 your address is blocked", { code: 554, enhanced: "5.7.1", text: "your address is blocked" }],
])("a greeting of %s is told with its reply", async (greeting, reply) => {
  const server = await startSmtpServer({ answer: ({ verb }) => (verb === "CONNECT" ? greeting : undefined) });
  expect(await openFault(account(server.port))).toMatchObject({ stage: "greeting", reply });
});

test("an EHLO name that would write a command of its own is never written", async () => {
  const server = await startSmtpServer();
  const to = account(server.port, { ehloName: "x\r\nMAIL FROM:<evil@test>" });
  expect(await openFault(to)).toMatchObject({ stage: "ehlo" });
  expect(server.lines).toEqual([]);
});

test("a server that closes the connection at any stage costs no CPU", async () => {
  const verbs: Verb[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"];
  await Promise.all(
    verbs.map(async (verb) => {
      const { to } = await faultyServer(verb, { next: "close" });
      const session = await Session.open(to);
      if (session instanceof Session) await session.send(envelope(), MESSAGE);
    }),
  );
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(100);
});

test("no wait leaves its timer behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const server = await startSmtpServer();
  const before = timers();
  const session = await openSession(account(server.port));
  for (let i = 0; i < 10; i++) await session.send(envelope(), MESSAGE);
  await session.quit();
  expect(timers()).toBeLessThanOrEqual(before);
});
