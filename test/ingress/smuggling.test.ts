/** What ends a line, and so a mail, is CRLF alone: nothing else lets a part of a mail be taken for commands (VU#302671). */
import { expect, test } from "vitest";
import { ENVELOPE, LETTER, startIngress } from "./support.ts";

const SMUGGLED = `MAIL FROM:<eve@shop.example>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n${LETTER}`;
const HEADER = "From: ann@shop.example\r\nSubject: Hello\r\n\r\n";

/** What servers have taken for the end of a mail. */
const ENDS = [
  "\n.\n",
  "\n.\r\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\n",
  "\r\n.\r",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
  "\n\n.\r\n",
  "\r\r\n.\r\n",
];

test.for(ENDS)("a mail with %j in it is refused, and nothing behind it is taken for commands", async (end) => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await wire.write(`${HEADER}Hello${end}${SMUGGLED}`);
  expect(await wire.reply()).toMatch(/^554 5\.6\.0 lines end in CRLF alone, and there was a (bare CR|bare LF|NUL)$/);
  expect(await wire.rest()).toBe("");
  expect(await ingress.messages()).toEqual([]);
});

test.for(ENDS)("the same where %j comes byte by byte", async (end) => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await wire.write(`${HEADER}Hello`);
  for (const byte of `${end}QUIT\r\n`) await wire.write(byte);
  expect(await wire.reply()).toMatch(/^554 5\.6\.0 /);
  expect(await wire.rest()).toBe("");
  expect(await ingress.messages()).toEqual([]);
});

test("where a client pipelines all of it, not even the mail before the fault is begun", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.write(`${ENVELOPE}${HEADER}Hello\n.\n${SMUGGLED}`);
  expect(await wire.rest()).toBe("500 5.5.2 lines end in CRLF alone, and there was a bare LF\r\n");
  expect(await ingress.messages()).toEqual([]);
});

test.for(["NOOP\nNOOP\r\n", "NOOP\rNOOP\r\n", "NOOP\0\r\n"])(
  "of the commands %j none is followed",
  async (commands) => {
    const ingress = await startIngress();
    const wire = await ingress.loggedIn();
    await wire.write(commands);
    expect(await wire.reply()).toMatch(/^500 5\.5\.2 /);
    expect(await wire.rest()).toBe("");
  },
);

test("a mail before the fault is taken, and told so", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  expect(await wire.sends()).toMatch(/^250 /);
  await wire.write("NOOP\n");
  expect(await wire.reply()).toMatch(/^500 /);
  expect(await ingress.messages()).toHaveLength(1);
});

test("every cut of a mail into two packets is the same mail", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  const body = "From: ann@shop.example\r\n\r\n..\r\n...\r\n\r\n.x\r\n";
  const stuffed = `${body.replaceAll("\r\n.", "\r\n..")}.\r\n`;
  for (let cut = 1; cut < stuffed.length; cut++) {
    await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
    await wire.write(stuffed.slice(0, cut));
    await wire.write(stuffed.slice(cut));
    expect(await wire.reply()).toMatch(/^250 /);
  }
  const { rows } = await ingress.db.client.execute("select distinct content ->> '$.raw' as raw from payloads");
  expect(rows.map(({ raw }) => Buffer.from(String(raw), "base64").toString())).toEqual([body]);
});
