/** What the readers of mailboxes lean on, over a real Dovecot: every kind of connection, IDLE, and what goes wrong. */
import { ImapFlow } from "imapflow";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { Mailboxes } from "../../src/dispatch/mailboxes.ts";
import type { MailboxAddress } from "../../src/ports.ts";
import { openMailbox } from "../../src/runtimes/imap.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { type InstancePatch, updateInstance } from "../../src/tenancy/instance.ts";
import { testDatabase } from "../support/database.ts";
import { type Dovecot, startDovecot } from "./dovecot.ts";

const USER = "bounces@example.com";
const PASSWORD = "a secret of the tests";
const mail = (subject: string) => `From: a@example.com\r\nTo: ${USER}\r\nSubject: ${subject}\r\n\r\nHello\r\n`;
const subjectOf = (raw: Uint8Array) => /^Subject: (.*)\r$/m.exec(new TextDecoder().decode(raw))?.[1];

/** Skips the test by name where there is none. */
async function dovecotOr(skip: (reason: string) => never): Promise<Dovecot> {
  const dovecot = await startDovecot({ users: { [USER]: PASSWORD } });
  return "unavailable" in dovecot ? skip(dovecot.unavailable) : dovecot;
}

function addressOf({ imapsPort, ca }: Dovecot, more: Partial<MailboxAddress> = {}): MailboxAddress {
  const login = { user: USER, password: PASSWORD, folder: "INBOX" };
  const tls = { tls: "implicit" as const, tlsVerify: true, ca, publicOnly: false };
  return { host: "localhost", port: imapsPort, ...login, ...tls, timeoutMs: 5_000, ...more };
}

/** How many mails a connection finds; rejects with what is told of a connection that fails. */
async function look(address: MailboxAddress): Promise<number> {
  const mailbox = await openMailbox(address, new AbortController().signal);
  const found = await mailbox.list(0);
  await mailbox.close();
  return found.length;
}

/** A process that reads the instance's mailbox, and what it has received. */
async function reading(dovecot: Dovecot, patch: InstancePatch = {}, settings: Record<string, string> = {}) {
  const db = await testDatabase();
  const vault = await openVault(generateKey());
  const login = { bounce_imap_user: USER, bounce_imap_password: PASSWORD, bounce_imap_ca: dovecot.ca };
  const server = { bounce_imap_host: "localhost", bounce_imap_port: dovecot.imapsPort, bounce_imap_ssl: true };
  const save = (more: InstancePatch) => updateInstance(db, vault, more, Date.now());
  await save({ bounce_enabled: true, ...login, ...server, ...patch });
  const received: (string | undefined)[] = [];
  const mailboxes = new Mailboxes({
    config: readConfig({ MAIL_PROXY_POLL_INTERVAL: "0.1", ...settings }),
    ports: { now: Date.now, openMailbox },
    ...{ db, vault },
    receive: async (raw) => void received.push(subjectOf(raw)),
  });
  onTestFinished(() => mailboxes.stop(1_000));
  mailboxes.start();
  const state = async () => (await mailboxes.states())[0];
  const until = (wanted: string) => expect.poll(async () => (await state())?.state, { timeout: 15_000 }).toBe(wanted);
  return { mailboxes, received, save, state, until };
}

test("TLS from the first byte, STARTTLS and a plain connection on loopback lead to the same mailbox", async ({
  skip,
}) => {
  const dovecot = await dovecotOr(skip);
  await dovecot.deliver(USER, mail("one"));
  const { imapPort: port } = dovecot;
  expect(await look(addressOf(dovecot))).toBe(1);
  expect(await look(addressOf(dovecot, { host: "127.0.0.1" }))).toBe(1);
  expect(await look(addressOf(dovecot, { port, tls: "starttls" }))).toBe(1);
  expect(await look(addressOf(dovecot, { port, tls: "starttls", host: "127.0.0.1" }))).toBe(1);
  expect(await look(addressOf(dovecot, { port, tls: "opportunistic" }))).toBe(1);
});

test("a certificate is verified, against the account's own CA where it has one, unless that is switched off", async ({
  skip,
}) => {
  const dovecot = await dovecotOr(skip);
  for (const how of [{}, { tls: "starttls", port: dovecot.imapPort }] as const) {
    await expect(look(addressOf(dovecot, { ca: undefined, ...how }))).rejects.toThrow(
      /certificate|issuer|self.signed/i,
    );
    expect(await look(addressOf(dovecot, { ca: undefined, tlsVerify: false, ...how }))).toBe(0);
  }
});

test("what is reached at public addresses only is not reached here, by name or by address", async ({ skip }) => {
  const dovecot = await dovecotOr(skip);
  for (const host of ["localhost", "127.0.0.1", "::1"])
    await expect(look(addressOf(dovecot, { host, publicOnly: true }))).rejects.toThrow(/at a public address/);
});

test("a wrong password and a missing folder are told, the password is not", async ({ skip }) => {
  const dovecot = await dovecotOr(skip);
  const wrong = look(addressOf(dovecot, { password: "not the password" }));
  await expect(wrong).rejects.toThrow(/^the login was refused/);
  await expect(wrong).rejects.not.toThrow(/not the password/);
  await expect(look(addressOf(dovecot, { folder: "Nowhere" }))).rejects.toThrow(
    /^the folder "Nowhere" cannot be opened: .*exist/,
  );
});

test("a mail is read within a second of its delivery, and none is marked", async ({ skip }) => {
  const dovecot = await dovecotOr(skip);
  await dovecot.deliver(USER, mail("before"));
  const { received, until } = await reading(dovecot);
  await until("waiting");
  expect(received).toEqual(["before"]);
  for (const subject of ["one", "two", "three"]) {
    await dovecot.deliver(USER, mail(subject));
    await expect.poll(() => received.at(-1), { timeout: 1_000, interval: 10 }).toBe(subject);
  }
  const imap = new ImapFlow({
    ...{ host: "localhost", port: dovecot.imapsPort, secure: true, tls: { ca: dovecot.ca }, logger: false },
    auth: { user: USER, pass: PASSWORD },
  });
  await imap.connect();
  await imap.mailboxOpen("INBOX", { readOnly: true });
  expect(await imap.search({ seen: true }, { uid: true })).toEqual([]);
  await imap.logout();
});

test("a server that restarts is read on where it was left; mails that are numbered anew are read anew", async ({
  skip,
}) => {
  const dovecot = await dovecotOr(skip);
  const { mailboxes, received, until } = await reading(dovecot);
  await until("waiting");
  await dovecot.deliver(USER, mail("one"));
  await expect.poll(() => received).toEqual(["one"]);
  await dovecot.restart();
  await until("failing");
  await dovecot.deliver(USER, mail("two"));
  await mailboxes.reload();
  await expect.poll(() => received).toEqual(["one", "two"]);
  await dovecot.newUidValidity(USER);
  await until("failing");
  await mailboxes.reload();
  await expect.poll(() => received, { timeout: 5_000 }).toEqual(["one", "two", "one", "two"]);
});

test("a wrong password is tried no more often than the backoff allows, and the right one at once", async ({ skip }) => {
  const dovecot = await dovecotOr(skip);
  const { mailboxes, save, state, until } = await reading(dovecot, { bounce_imap_password: "not the password" });
  await until("failing");
  const { lastErrorAt, retryAt, lastError } = { ...(await state()) };
  expect((retryAt ?? 0) - (lastErrorAt ?? 0)).toBe(5_000);
  expect(lastError).not.toContain("not the password");
  await mailboxes.runNow(); // does not get past the backoff
  expect(dovecot.log().match(/auth failed/g)).toHaveLength(1);
  await save({ bounce_imap_password: PASSWORD });
  await mailboxes.reload();
  await until("waiting");
});

test("mails are cut at the length that was asked for, and those that are gone are left out", async ({ skip }) => {
  const dovecot = await dovecotOr(skip);
  for (const subject of ["one", "two", "three"]) await dovecot.deliver(USER, mail(subject));
  const mailbox = await openMailbox(addressOf(dovecot), new AbortController().signal);
  const [one = 0, two = 0, three = 0] = await mailbox.list(0);
  expect(await mailbox.list(three)).toEqual([]);
  expect(await mailbox.list(one)).toEqual([two, three]);
  await mailbox.list(0, Date.now()); // a retention of nothing is one, too
  expect(await mailbox.list(0, Date.now() - 3_600_000)).toEqual([one, two, three]);
  const lengths: [number, number][] = [];
  for await (const got of mailbox.fetch([one, two, 999, three], 20))
    lengths.push([got.uid, "raw" in got ? got.raw.length : -1]);
  expect(lengths).toEqual([one, two, three].map((uid) => [uid, 20]));
  await mailbox.close();
});
