/** The Dovecot of these tests does what they lean on. */
import { ImapFlow } from "imapflow";
import { expect, test } from "vitest";
import { type Dovecot, startDovecot } from "./dovecot.ts";

const USER = "bounces@example.com";
const mail = (subject: string) => `From: a@example.com\r\nTo: ${USER}\r\nSubject: ${subject}\r\n\r\nHello\r\n`;

test("mails come in, stay over a restart, and are numbered anew when it is asked for", async ({ skip }) => {
  const dovecot = await startDovecot({ users: { [USER]: "secret" } });
  if ("unavailable" in dovecot) return skip(dovecot.unavailable);
  for (const subject of ["one", "two", "three"]) await dovecot.deliver(USER, mail(subject));
  await expect(dovecot.deliver("nobody@example.com", mail("four"))).rejects.toThrow(/550 5\.1\.1/);
  expect(await dovecot.sizes(USER)).toHaveLength(3);

  await dovecot.remove(USER, 1);
  const before = await look(dovecot);
  expect(before.uids).toEqual([2, 3]);
  await dovecot.restart();
  expect(await look(dovecot)).toEqual(before);

  await dovecot.newUidValidity(USER);
  const after = await look(dovecot);
  expect(after.uids).toEqual([1, 2]);
  expect(after.uidValidity).not.toBe(before.uidValidity);
});

test("it lets in whoever knows the password, with TLS from the start, later, or not at all", async ({ skip }) => {
  const dovecot = await startDovecot({ users: { [USER]: "secret" } });
  if ("unavailable" in dovecot) return skip(dovecot.unavailable);
  await dovecot.deliver(USER, mail("one"));
  const { imapPort: port } = dovecot;
  for (const how of [undefined, { port, secure: false, doSTARTTLS: true }, { port, secure: false, doSTARTTLS: false }])
    expect(await look(dovecot, how)).toMatchObject({ uids: [1] });
});

interface Connecting {
  port: number;
  secure: boolean;
  doSTARTTLS?: boolean;
}

/** The numbers of the mails, and under which UIDVALIDITY. */
async function look({ imapsPort, ca }: Dovecot, how: Connecting = { port: imapsPort, secure: true }) {
  const auth = { user: USER, pass: "secret" };
  const imap = new ImapFlow({ host: "localhost", tls: { ca }, auth, logger: false, ...how });
  await imap.connect();
  const { uidValidity } = await imap.mailboxOpen("INBOX", { readOnly: true });
  const uids = await imap.search({ all: true }, { uid: true });
  await imap.logout();
  return { uids, uidValidity };
}
