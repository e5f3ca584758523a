/** What the log tells an operator of mail that was not taken: whose it was, at which command, and what the client heard. */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { ENVELOPE, LETTER, plain, startIngress, TENANT } from "./support.ts";

/** The lines about SMTP, as they come. */
async function watchLog(): Promise<string[]> {
  const lines: string[] = [];
  // Of the mail's own id only that it is there: a connection's, and which of its mails it is.
  const sink = ({ level, message }: LogRecord) =>
    void lines.push(`${level}: ${message.join("").replace(/ \(request [a-z0-9]{16}-(\d)\)$/, " #$1")}`);
  await configure({
    reset: true,
    sinks: { sink },
    loggers: [
      { category: ["mail-proxy", "ingress"], lowestLevel: "info", sinks: ["sink"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: [] },
    ],
  });
  onTestFinished(() => reset());
  return lines;
}

const WHOSE = "info: a mail of tenant shop from 127.0.0.1 was refused at ";
const LETTER_OF_ANN = "DATA of MAIL FROM:<ann@shop.example>";

test.for([
  ["MAIL FROM:<ann>", "501 5.1.7 Error: Bad sender address syntax"],
  ["MAIL FROM:<ann@shop.example> RET=HDRS", "555 5.5.4 parameter RET is not known"],
  [
    "MAIL FROM:<ann@shop.example> SIZE=999999999",
    "552 5.3.4 Error: message exceeds fixed maximum message size 37748736",
  ],
] as const)("%s has a line with its reply", async ([command, reply]) => {
  const ingress = await startIngress();
  const lines = await watchLog();
  expect(await (await ingress.loggedIn()).says(command)).toBe(reply);
  expect(lines).toEqual([`${WHOSE}${command}: ${reply} #1`]);
});

test("a recipient who is none has a line, and the mail that goes to the others has its own", async () => {
  const ingress = await startIngress({ settings: { LOG_DELIVERY_ACTIVITY: "true" } });
  const lines = await watchLog();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<root>", "RCPT TO:<bob@example.com>", "DATA");
  await wire.write(LETTER);
  await wire.reply();
  expect(lines).toEqual([
    `${WHOSE}RCPT TO:<root>: 501 5.1.3 Error: Bad recipient address syntax #1`,
    expect.stringMatching(
      /^info: message smtp-\S+ of tenant shop was taken from 127\.0\.0\.1: \d+ bytes, recipients: 1 #1$/,
    ),
  ]);
});

test.for([
  ["a header that is wrong", `X-Mail-Proxy-Priority: 9\r\n${LETTER}`, /^550 5\.6\.0 priority: /],
  ["a line that ends in LF alone", "From: ann@shop.example\r\n\r\nHello\nBob", /^554 5\.6\.0 lines end in CRLF alone/],
] as const)("a mail with %s has one line, with what its client heard", async ([, content, reply]) => {
  const ingress = await startIngress();
  const lines = await watchLog();
  const heard = await (await ingress.loggedIn()).sends(content);
  expect(heard).toMatch(reply);
  await expect.poll(() => lines).toEqual([`${WHOSE}${LETTER_OF_ANN}: ${heard} #1`]);
});

test("a client that goes in the midst of a mail has a line, and one that only goes has none", async () => {
  const ingress = await startIngress();
  const lines = await watchLog();
  const [gone, idle] = [await ingress.loggedIn(), await ingress.loggedIn()];
  await gone.write(`${ENVELOPE}Subject: Hel`);
  await gone.reply();
  idle.reset();
  gone.reset();
  const words = "421 4.4.2 the connection ended before the mail did";
  await expect.poll(() => lines).toEqual([`${WHOSE}${LETTER_OF_ANN}: ${words} #1`]);
});

test("a stop tells of the mail that it does not wait for, and not of who is idle", async () => {
  const ingress = await startIngress();
  const lines = await watchLog();
  const [busy] = [await ingress.loggedIn(), await ingress.loggedIn()];
  await busy.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await ingress.submission.stop(50);
  expect(lines).toEqual([`${WHOSE}${LETTER_OF_ANN}: 421 4.3.2 this server is stopping #1`]);
});

test("what strangers say is not told, since they could say it for ever", async () => {
  const ingress = await startIngress();
  const lines = await watchLog();
  const wire = await ingress.connect();
  expect(await wire.says("EHLO stranger.test", "MAIL FROM:<eve@example.org>")).toMatch(/^530 /);
  expect(lines).toEqual([]);
});

test.for([
  [TENANT, "warning: a login as tenant shop from 127.0.0.1 has failed"],
  [`${TENANT}/nobody`, "warning: a login as tenant shop from 127.0.0.1 has failed"],
  ["mpk_key-in-the-wrong-field", "warning: a login from 127.0.0.1 has failed"],
] as const)("a login as %s that fails has a line with the tenant, where there is such a one", async ([user, line]) => {
  const ingress = await startIngress();
  const lines = await watchLog();
  const wire = await ingress.connect();
  expect(await wire.says("EHLO client.test", `AUTH PLAIN ${plain(user, "mpk_wrong")}`)).toMatch(/^535 /);
  expect(lines).toEqual([line]);
});

test("a flood at the gate has a line, not one for each connection", async () => {
  const ingress = await startIngress({ settings: { SMTP_MAX_CONNECTIONS_PER_ADDRESS: "1" } });
  const lines = await watchLog();
  const [, ...others] = await Promise.all(Array.from({ length: 4 }, () => ingress.connect()));
  expect(others).toHaveLength(3);
  const words = "421 4.7.0 too many connections from your address, try again later";
  expect(lines).toEqual([`warning: a connection from 127.0.0.1 was refused: ${words}`]);
});

test("a mail's own id goes with its message, to be found at it and in every later line", async () => {
  const ingress = await startIngress({ settings: { LOG_DELIVERY_ACTIVITY: "true" } });
  const lines = await watchLog();
  const wire = await ingress.loggedIn();
  for (const subject of ["One", "Two"]) await wire.sends(LETTER.replace("Hello", subject));
  const ids = (await ingress.messages()).map(({ request_id }) => String(request_id));
  const [session = ""] = ids.map((id) => id.split("-")[0]);
  expect(ids).toEqual([`${session}-2`, `${session}-1`]);
  expect(lines.filter((line) => line.includes("was taken")).map((line) => line.slice(-2))).toEqual(["#1", "#2"]);
});
