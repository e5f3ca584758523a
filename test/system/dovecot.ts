/** A Dovecot of the test's own: mailboxes over IMAP and LMTP in a temporary folder, on free ports of 127.0.0.1. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createTransport } from "nodemailer";
import { onTestFinished } from "vitest";
import { freePorts } from "../support/free-port.ts";
import { testCa } from "../support/smtp-server.ts";
import { type Daemon, startDaemon, unavailable } from "./daemon.ts";
import { DovecotFolder } from "./dovecot-folder.ts";

const DOVECOT = "/usr/sbin/dovecot";
const DOVEADM = "/usr/bin/doveadm";
const IMAP = "/usr/lib/dovecot/imap";
const LMTP = "/usr/lib/dovecot/lmtp";

export interface DovecotOptions {
  /** Addresses with their passwords; for anybody else LMTP answers that there is no such user. */
  users: Readonly<Record<string, string>>;
}

export interface Dovecot {
  host: "127.0.0.1";
  /** Without TLS at first; STARTTLS is offered. */
  imapPort: number;
  /** TLS from the first byte. */
  imapsPort: number;
  lmtpPort: number;
  /** What its certificate, for `localhost` and 127.0.0.1, is signed by: PEM. */
  ca: string;
  /** Puts a mail, ready-made, into the user's INBOX; rejects where the user is none. */
  deliver(user: string, mail: string | Uint8Array): Promise<void>;
  /** Of each mail in the user's INBOX, oldest first, in octets. */
  sizes(user: string): Promise<number[]>;
  /** Takes the oldest mails out of the user's INBOX. */
  remove(user: string, oldest: number): Promise<void>;
  /** Ends all connections; settles when it is gone. The mails stay. */
  stop(): Promise<void>;
  /** On the same ports and folder, stopped or not; settles when it answers. */
  restart(): Promise<void>;
  /** Restarts it with the user's mails numbered anew from 1, under another UIDVALIDITY (RFC 3501 2.3.1.1). */
  newUidValidity(user: string): Promise<void>;
  /** What it has logged so far. */
  log(): string;
}

/** One that answers, gone with the test; or the reason why there is none on this machine. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot | { unavailable: string }> {
  const dovecot = await openDovecot(options);
  if ("close" in dovecot) onTestFinished(dovecot.close);
  return dovecot;
}

/** The same, ended by the caller. */
export async function openDovecot(
  options: DovecotOptions,
): Promise<(Dovecot & { close(): Promise<void> }) | { unavailable: string }> {
  const reason = unavailable([DOVECOT, DOVEADM, IMAP, LMTP]);
  if (reason !== undefined) return { unavailable: reason };
  const [imapPort = 0, imapsPort = 0, lmtpPort = 0] = await freePorts(3);
  const folder = new DovecotFolder(options.users, { imapPort, imapsPort, lmtpPort });
  const { configuration, log } = folder;
  let daemon: Daemon | undefined;
  const stop = async () => {
    await daemon?.stop();
    daemon = undefined;
  };
  const restart = async () => {
    await stop();
    const ports = [imapPort, lmtpPort];
    daemon = await startDaemon({ command: DOVECOT, args: ["-F", "-c", configuration], ports, log });
  };
  await restart();
  const doveadm = async (...args: string[]) =>
    (await promisify(execFile)(DOVEADM, ["-c", configuration, ...args])).stdout;
  return {
    ...{ host: "127.0.0.1", imapPort, imapsPort, lmtpPort, ca: testCa },
    async deliver(user, mail) {
      const lmtp = createTransport({ host: "127.0.0.1", port: lmtpPort, lmtp: true, ignoreTLS: true });
      await lmtp.sendMail({ envelope: { from: "", to: [user] }, raw: Buffer.from(mail) });
      lmtp.close();
    },
    async sizes(user) {
      const table = await doveadm("-f", "tab", "fetch", "-u", user, "size.virtual", "mailbox", "INBOX");
      return table.trim().split("\n").slice(1).map(Number);
    },
    remove: async (user, oldest) => void (await doveadm("expunge", "-u", user, "mailbox", "INBOX", `1:${oldest}`)),
    stop,
    restart,
    async newUidValidity(user) {
      await stop();
      folder.forgetNumbers(user);
      await restart();
    },
    log: () => folder.logged(),
    async close() {
      await stop();
      folder.remove();
    },
  };
}
