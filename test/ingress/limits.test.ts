/** Floods, slow clients, guessed keys and large mails are bounded, and others are served. */
import { expect, test } from "vitest";
import { ENVELOPE, LETTER, plain, startIngress, TENANT, Wire } from "./support.ts";

const WRONG = `AUTH PLAIN ${plain(TENANT, "mpk_guessed")}`;

/** A second client machine, as far as addresses tell; not every system has all of 127.0.0.0/8. */
const ELSEWHERE = process.platform === "linux" ? "127.0.0.2" : undefined;

test.skipIf(ELSEWHERE === undefined)(
  "a flood of 200 connections is bounded, and who comes from elsewhere or was there before is served (Linux has a second loopback address)",
  async () => {
    const ingress = await startIngress();
    const before = await ingress.loggedIn();
    const flood = await Promise.all(Array.from({ length: 200 }, () => connected(ingress.port)));
    const greetings = await Promise.all(flood.map((wire) => wire.reply()));
    const isIn = (greeting: string) => greeting.startsWith("220 ");
    expect(greetings.filter(isIn)).toHaveLength(49); // SMTP_MAX_CONNECTIONS_PER_ADDRESS, with the one before
    expect(greetings.filter((greeting) => !isIn(greeting))).toEqual(
      Array(151).fill("421 4.7.0 too many connections from your address, try again later"),
    );
    expect(await before.sends()).toMatch(/^250 /);
    expect(await (await ingress.loggedIn(ELSEWHERE)).sends()).toMatch(/^250 /);
    expect((await ingress.call("GET", "/status")).status).toBe(200);
    for (const wire of flood) wire.end();
    await expect.poll(() => welcomed(ingress.port)).toBe(true);
  },
);

test("who does not log in in time is told to go, however busy he keeps the line", async () => {
  const ingress = await startIngress({ settings: { SMTP_IDLE_SECONDS: "3" } });
  const wire = await ingress.connect();
  const began = performance.now();
  const typing = setInterval(() => wire.write("E"), 20);
  expect(await wire.reply()).toBe("421 4.7.0 no login in time");
  clearInterval(typing);
  expect(performance.now() - began).toBeLessThan(2_000); // a tenth of the idle time
});

test("who is logged in and silent is told to go", async () => {
  const ingress = await startIngress({ settings: { SMTP_IDLE_SECONDS: "1" } });
  const wire = await ingress.loggedIn();
  expect(await wire.reply()).toMatch(/^421 4\.4\.2 /);
});

test("a mail that comes byte by byte ends in its time, and leaves nothing", async () => {
  const ingress = await startIngress({ settings: { SMTP_IDLE_SECONDS: "1" } });
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  const typing = setInterval(() => wire.write("x"), 50);
  expect(await wire.reply()).toBe("421 4.4.2 the mail comes too slowly");
  clearInterval(typing);
  expect(await ingress.messages()).toEqual([]);
});

test("a large mail that takes longer than a connection may idle is taken, as long as it comes on", async () => {
  const ingress = await startIngress({ settings: { SMTP_IDLE_SECONDS: "1" } });
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await wire.write(LETTER.slice(0, -3));
  const line = `${"x".repeat(998)}\r\n`;
  for (const end = performance.now() + 2_000; performance.now() < end; ) {
    await wire.write(line.repeat(10));
    await new Promise((resolve) => setTimeout(resolve, 5)); // the slow client is the subject
  }
  await wire.write(".\r\n");
  expect(await wire.reply()).toMatch(/^250 /);
});

test("guessed keys close the gate to their address, and to no mail that is logged in", async () => {
  const ingress = await startIngress({ settings: { SMTP_MAX_FAILED_LOGINS: "3" } });
  const before = await ingress.loggedIn();
  const guesser = await ingress.connect();
  await guesser.says("EHLO eve.test");
  const began = performance.now();
  for (let guess = 0; guess < 3; guess++) expect(await guesser.says(WRONG)).toMatch(/^535 5\.7\.8 /);
  expect(performance.now() - began).toBeGreaterThan(690);
  expect(await guesser.says(`AUTH PLAIN ${plain(TENANT, ingress.key)}`)).toMatch(/^421 4\.7\.0 /);
  const next = connected(ingress.port);
  expect(await next.reply()).toMatch(/^421 4\.7\.0 too many failed logins/);
  expect(await before.sends()).toMatch(/^250 /);
});

test("commands without a login, and commands without a mail, are counted", async () => {
  const ingress = await startIngress();
  const stranger = await ingress.connect();
  await stranger.write("NOOP\r\n".repeat(20));
  expect(await stranger.rest()).toMatch(/^(250 .*\r\n){9}421 .*\r\n$/);
  const idler = await ingress.loggedIn();
  await idler.write("NOOP\r\n".repeat(3_100));
  expect(await idler.rest()).toMatch(/421 4\.7\.0 too many commands without a mail\r\n$/);
  const busy = await ingress.loggedIn();
  for (let mails = 0; mails < 2; mails++) {
    await busy.write("NOOP\r\n".repeat(2_000));
    for (let replies = 0; replies < 2_000; replies++) await busy.reply();
    expect(await busy.sends()).toMatch(/^250 /);
  }
});

test("a line that never ends is not kept", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.write("N".repeat(20_000));
  expect(await wire.reply()).toMatch(/^421 4\.7\.0 /);
});

test("a mail beyond the limit is refused: before it comes where its size is said, and else at its end", async () => {
  const ingress = await startIngress({ settings: { SMTP_MAX_BYTES: "2000" } });
  const wire = await ingress.loggedIn();
  expect(await wire.says("MAIL FROM:<ann@shop.example> SIZE=2001")).toMatch(/^552 5\.3\.4 /);
  expect(await wire.sends(`${LETTER.slice(0, -3)}${"x".repeat(2_000)}\r\n.\r\n`)).toMatch(/^552 5\.3\.4 /);
  expect(await wire.sends()).toMatch(/^250 /);
  expect(await ingress.messages()).toHaveLength(1);
});

test("mails that there is no memory for are for later, and memory comes back with each that is done", async () => {
  const ingress = await startIngress({ settings: { MAX_BYTES_INCOMING: "200000" } });
  const [first, second, third] = [await ingress.loggedIn(), await ingress.loggedIn(), await ingress.loggedIn()];
  const large = `${LETTER.slice(0, -3)}${`${"x".repeat(78)}\r\n`.repeat(1_000)}`;
  await first.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await first.write(large);
  await expect.poll(() => third.says("RSET", "MAIL FROM:<ann@shop.example> SIZE=80000")).toMatch(/^452 4\.3\.1 /);
  expect(await second.sends(`${large}.\r\n`)).toMatch(/^452 4\.3\.1 /);
  await first.write(".\r\n");
  expect(await first.reply()).toMatch(/^250 /);
  expect(await second.sends(`${large}.\r\n`)).toMatch(/^250 /);
});

test("while the database is away mails are for later", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await ingress.stop(); // its connection to the database is closed, and the port still open
  expect(await wire.sends()).toMatch(/^451 4\.3\.0 /);
});

test("a stop lets the mail come in that has begun, and no other", async () => {
  const ingress = await startIngress();
  const [busy, idle] = [await ingress.loggedIn(), await ingress.loggedIn()];
  await busy.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  await busy.write(LETTER.slice(0, -3));
  const stopping = ingress.submission.stop(10_000);
  expect(await idle.reply()).toMatch(/^421 4\.3\.2 /);
  expect(await connected(ingress.port).reply()).toMatch(/^421 4\.3\.2 /);
  await busy.write(`.\r\n${ENVELOPE}`);
  expect(await busy.reply()).toMatch(/^250 /);
  expect(await busy.rest()).toMatch(/^421 4\.3\.2 .*\r\n$/);
  await stopping;
  expect(await ingress.messages()).toHaveLength(1);
});

test("a stop does not wait for ever for a mail that does not end", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  const began = performance.now();
  await ingress.submission.stop(200);
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(await wire.reply()).toMatch(/^421 4\.3\.2 /);
});

function connected(port: number): Wire {
  return Wire.to({ port, host: "127.0.0.1" });
}

async function welcomed(port: number): Promise<boolean> {
  const wire = connected(port);
  const greeting = await wire.reply();
  wire.end();
  return greeting.startsWith("220 ");
}
