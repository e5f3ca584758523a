/** The same promises against an SMTP server that others wrote. */
import { expect, test } from "vitest";
import { testCa } from "../support/smtp-server.ts";
import { startRealServer } from "./real-server.ts";
import { account, byAddress, bytes, envelope, MESSAGE, openSession } from "./support.ts";

test.each(["none", "opportunistic", "starttls", "implicit"] as const)("messages arrive over tls: %s", async (tls) => {
  const server = await startRealServer({ secure: tls === "implicit" });
  const session = await openSession(account(server.port, { tls, ca: testCa }));
  for (const name of ["b", "c", "d"]) {
    expect(byAddress(await session.send(envelope([`${name}@test.example`]), MESSAGE))).toEqual({
      [`${name}@test.example`]: "accepted",
    });
  }
  expect(server.messages.map(({ recipients }) => recipients)).toEqual([
    ["b@test.example"],
    ["c@test.example"],
    ["d@test.example"],
  ]);
  expect(server.messages[0]).toMatchObject({ text: Buffer.from(MESSAGE).toString(), secure: tls !== "none" });
});

test("a message whose lines start with dots arrives as it was", async () => {
  const server = await startRealServer();
  const session = await openSession(account(server.port));
  const message = ".\r\n..\r\n\r\n.\r\nMAIL FROM:<evil@test.example>\r\n. \r\n";
  await session.send(envelope(["b@test.example"]), bytes(message));
  expect(server.messages.map(({ text }) => text)).toEqual([message]);
});

test("internationalised addresses and content arrive", async () => {
  const server = await startRealServer();
  const session = await openSession(account(server.port));
  const message = "Subject: Grüße\r\n\r\nüß\r\n";
  const to = envelope(["jürgen@bücher.example"], { from: "søren@test.example", utf8: true });
  expect(byAddress(await session.send(to, bytes(message)))).toEqual({ "jürgen@bücher.example": "accepted" });
  expect(server.messages[0]).toMatchObject({
    from: "søren@test.example",
    recipients: ["jürgen@bücher.example"],
    text: message,
    dsn: { BODY: "8BITMIME", SMTPUTF8: true },
  });
});

test("delivery status notifications are asked for", async () => {
  const server = await startRealServer({ hideDSN: false });
  const session = await openSession(account(server.port));
  const dsn = { notify: ["failure", "delay"], ret: "headers", envid: "a b+c" } as const;
  expect(byAddress(await session.send(envelope(["b@test.example"], { dsn }), MESSAGE))).toEqual({
    "b@test.example": "accepted",
  });
  expect(server.messages[0]?.dsn).toMatchObject({
    RET: "HDRS",
    ENVID: "a b+c",
    rcpt: [{ NOTIFY: "FAILURE,DELAY", ORCPT: "rfc822;b@test.example" }],
  });
});

test("a message over the server's size limit is refused before it is sent", async () => {
  const server = await startRealServer({ size: 100 });
  const session = await openSession(account(server.port));
  expect(await session.send(envelope(["b@test.example"]), new Uint8Array(200))).toMatchObject({
    kind: "unsendable",
    enhanced: "5.3.4",
  });
});
