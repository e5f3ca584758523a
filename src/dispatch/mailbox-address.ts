/** A mailbox's settings as a connection wants them. */
import { MailboxFault } from "../bounces/mailbox-fault.ts";
import type { MailboxAddress } from "../ports.ts";
import { hostFault } from "../security/hosts.ts";
import type { MailboxSettings } from "../tenancy/mailboxes.ts";

/** For a connection, and for more of an answer. */
const TIMEOUT_MS = 60_000;

/** Throws MailboxFault where a login is missing. */
export function mailboxAddress(settings: MailboxSettings): MailboxAddress {
  const { host, port, user, password, folder, ssl, tlsVerify, ca, publicOnly } = settings;
  if (user === null) throw new MailboxFault("it has no user");
  if (password === null) throw new MailboxFault("it has no password that can be read");
  // Beyond the operator's own network nobody may take STARTTLS out of an answer and have the password.
  const tls = ssl ? "implicit" : hostFault(host) === undefined ? "starttls" : "opportunistic";
  return { host, port, user, password, folder, tls, tlsVerify, ca: ca ?? undefined, publicOnly, timeoutMs: TIMEOUT_MS };
}

/** With another one, the mailbox is another: its mails have other numbers. */
export function placeOf({ host, port, user, folder }: MailboxSettings): string {
  return JSON.stringify([host, port, user, folder]);
}
