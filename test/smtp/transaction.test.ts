/** What becomes of each recipient: every answer of a server in one transaction, with pipelining and without. */
import { describe, expect, test } from "vitest";
import { type Answer, EXTENSIONS, type Heard, type Script, startSmtpServer } from "../support/smtp-server.ts";
import { account, byAddress, bytes, envelope, MESSAGE, openSession } from "./support.ts";

/** A session with a server that answers as `answers` says, by the first word or two of a line. */
async function sessionWith(answers: Record<string, Answer>, script: Script = {}) {
  const answer = ({ verb, line }: Heard) => answers[Object.keys(answers).find((key) => line.startsWith(key)) ?? verb];
  const server = await startSmtpServer({ ...script, answer });
  return { server, session: await openSession(account(server.port)) };
}

const TO = { b: "RCPT TO:<b@test>", c: "RCPT TO:<c@test>", d: "RCPT TO:<d@test>" };
const THREE = envelope(["b@test", "c@test", "d@test"]);

describe.each([
  ["with PIPELINING", EXTENSIONS],
  ["without PIPELINING", EXTENSIONS.filter((name) => name !== "PIPELINING")],
])("%s", (_, extensions) => {
  test("a message is delivered to all, and the outcome says what the server said", async () => {
    const { server, session } = await sessionWith({}, { extensions });
    const reply = { code: 250, enhanced: "2.0.0", text: "queued" };
    expect(await session.send(envelope(["b@test", "c@test"]), MESSAGE)).toEqual({
      kind: "answered",
      recipients: ["b@test", "c@test"].map((address) => ({ kind: "accepted", address, reply })),
    });
    const wire = Buffer.from(MESSAGE).toString("latin1");
    expect(server.messages).toEqual([{ from: "a@test", recipients: ["b@test", "c@test"], wire }]);
  });

  test("recipients answered 250, 550 and 451 have an outcome each, and the message goes to the first alone", async () => {
    const { server, session } = await sessionWith(
      { [TO.c]: "550 5.1.1 unknown", [TO.d]: "451 4.7.1 later" },
      { extensions },
    );
    const outcome = await session.send(THREE, MESSAGE);
    expect(byAddress(outcome)).toEqual({ "b@test": "accepted", "c@test": "rcpt 550", "d@test": "rcpt 451" });
    expect(server.messages.map(({ recipients }) => recipients)).toEqual([["b@test"]]);
  });

  test.each([
    ["MAIL", { MAIL: "550 5.7.1 not you" }, "mail 550"],
    ["MAIL for now", { MAIL: "452 4.3.1 disk full" }, "mail 452"],
    ["DATA", { DATA: "451 4.3.0 no" }, "data 451"],
    ["the message", { BODY: "554 5.7.1 spam" }, "body 554"],
    ["every recipient", { RCPT: "550 5.1.1 no" }, "rcpt 550"],
    ["every recipient, and invites the message", { RCPT: "550 5.1.1 no", DATA: "354 go ahead" }, "rcpt 550"],
  ])(
    "a server that refuses %s refuses all recipients, and the next message goes through",
    async (__, answers, expected) => {
      let faulty = true;
      const server = await startSmtpServer({
        extensions,
        answer: ({ verb }) => (faulty ? (answers as Partial<Record<string, string>>)[verb] : undefined),
      });
      const session = await openSession(account(server.port));
      const outcome = await session.send(THREE, MESSAGE);
      expect(byAddress(outcome)).toEqual({ "b@test": expected, "c@test": expected, "d@test": expected });
      expect(server.messages).toEqual([]);

      faulty = false;
      expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
      expect(server.messages).toHaveLength(1);
      expect(server.connections).toHaveLength(1);
    },
  );

  test("RSET stands before a message only if the one before it failed half-way", async () => {
    let refuse = false;
    const answer = ({ verb }: Heard) => (refuse && verb === "RCPT" ? "550 5.1.1 no" : undefined);
    const server = await startSmtpServer({
      extensions,
      answer: (heard) => (heard.verb === "DATA" && refuse ? "554 no" : answer(heard)),
    });
    const session = await openSession(account(server.port));
    await session.send(envelope(), MESSAGE);
    await session.send(envelope(), MESSAGE);
    expect(server.lines).not.toContain("RSET");
    refuse = true;
    await session.send(envelope(), MESSAGE);
    refuse = false;
    await session.send(envelope(), MESSAGE);
    await session.send(envelope(), MESSAGE);
    expect(server.lines.filter((line) => line === "RSET")).toHaveLength(1);
    expect(server.messages).toHaveLength(4);
  });

  test("a thousand recipients are sent to without a deadlock", async () => {
    const addresses = Array.from({ length: 1000 }, (__, i) => `user${i}@test`);
    const answer = ({ line }: Heard) =>
      line.includes("user7") ? `550-5.1.1 ${"no ".repeat(100)}\r\n550 5.1.1 no` : undefined;
    const server = await startSmtpServer({ extensions, answer });
    const session = await openSession(account(server.port));
    const outcome = byAddress(await session.send(envelope(addresses), MESSAGE));
    expect(addresses.map((address) => outcome[address])).toEqual(
      addresses.map((address) => (address.startsWith("user7") ? "rcpt 550" : "accepted")),
    );
    expect(server.messages[0]?.recipients).toHaveLength(1000 - 111);
  });

  test("a message of many megabytes arrives as it was, its dots doubled on the way", async () => {
    const message = bytes(`Subject: big\r\n\r\n${`.${"x".repeat(75)}\r\n`.repeat(40_000)}`);
    const { server, session } = await sessionWith({}, { extensions });
    expect(byAddress(await session.send(envelope(), message))).toEqual({ "b@test": "accepted" });
    expect(server.messages[0]?.wire === Buffer.from(message).toString("latin1").replaceAll("\r\n.", "\r\n..")).toBe(
      true,
    );
  });

  test("replies that come byte by byte are replies", async () => {
    const slow = (raw: string): Answer => ({ raw, slowly: true });
    const { session } = await sessionWith(
      { RCPT: slow("550-5.1.1 no\r\n550 5.1.1 such user\r\n"), DATA: "554 no" },
      { extensions },
    );
    expect(await session.send(envelope(), MESSAGE)).toMatchObject({
      recipients: [{ kind: "refused", reply: { code: 550, enhanced: "5.1.1", text: "no such user" } }],
    });
  });
});

test("with PIPELINING, MAIL, RCPT and DATA are one write, and the message with its final dot is another", async () => {
  const { server, session } = await sessionWith({});
  await session.send(envelope(["b@test", "c@test"]), MESSAGE);
  expect(server.connections[0]?.packets.slice(1)).toEqual([
    "MAIL FROM:<a@test> SIZE=55\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\nDATA\r\n",
    `${Buffer.from(MESSAGE).toString("latin1")}.\r\n`,
  ]);
});

test("without PIPELINING nothing is sent before the reply to what was sent", async () => {
  const { server, session } = await sessionWith({ RCPT: "550 no" }, { extensions: ["SIZE"] });
  await session.send(envelope(["b@test", "c@test"]), MESSAGE);
  expect(server.connections[0]?.packets).toEqual([
    "EHLO proxy.test\r\n",
    "MAIL FROM:<a@test> SIZE=55\r\n",
    "RCPT TO:<b@test>\r\n",
    "RCPT TO:<c@test>\r\n",
  ]);
});

test("a server that refused all recipients and invites the message gets a dot alone (RFC 2920 3.1)", async () => {
  const { server, session } = await sessionWith({ RCPT: "550 no", DATA: "354 go ahead" });
  await session.send(envelope(), MESSAGE);
  expect(server.connections[0]?.packets.at(-1)).toBe(".\r\n");
});

test("a server that refused MAIL and invites the message is left alone, so that nobody gets an empty one", async () => {
  const { server, session } = await sessionWith({ MAIL: "550 no", RCPT: "250 ok", DATA: "354 go ahead" });
  expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "mail 550" });
  expect(session.alive).toBe(false);
  await server.until(() => server.connections[0]?.closed === true);
  expect(server.lines).not.toContain("BODY");
});

test("a server that knows only HELO is spoken to in the old way", async () => {
  const { server, session } = await sessionWith({ EHLO: "502 5.5.1 what?" });
  expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
  expect(server.lines.slice(0, 3)).toEqual(["EHLO proxy.test", "HELO proxy.test", "MAIL FROM:<a@test>"]);
});

test("what cannot be sent to this server is said without a word to it", async () => {
  const { server, session } = await sessionWith({}, { extensions: ["SIZE 10"] });
  expect(await session.send(envelope(), MESSAGE)).toMatchObject({ kind: "unsendable", enhanced: "5.3.4" });
  expect(byAddress(await session.send(envelope(["b@test>\r\nDATA"]), bytes("x\r\n")))).toEqual({
    "b@test>\r\nDATA": "rcpt 553",
  });
  expect(server.lines).toEqual(["EHLO proxy.test"]);
});

test.each([
  ["MAIL", "mail"],
  ["RCPT", "rcpt"],
  ["DATA", "data"],
  ["BODY", "body"],
])("421 to %s answers for every recipient and ends the session", async (verb, stage) => {
  const { session } = await sessionWith({ [verb]: "421 4.3.2 shutting down" });
  const outcome = await session.send(envelope(["b@test", "c@test"]), MESSAGE);
  expect(byAddress(outcome)).toEqual({ "b@test": `${stage} 421`, "c@test": `${stage} 421` });
  expect(session.alive).toBe(false);
});
