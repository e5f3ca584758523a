/** What the SMTP tests share: an account for a server of the test, a message, and a session that is closed afterwards. */
import { onTestFinished } from "vitest";
import type { SmtpAccount } from "../../src/smtp/account.ts";
import type { Envelope } from "../../src/smtp/envelope.ts";
import type { AccountFault, RecipientOutcome, SendOutcome } from "../../src/smtp/outcome.ts";
import { Session } from "../../src/smtp/session.ts";

export const MESSAGE = bytes("From: <a@test>\r\nTo: <b@test>\r\nSubject: hello\r\n\r\nhello\r\n");

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function account(port: number, more: Partial<SmtpAccount> = {}): SmtpAccount {
  return {
    host: "127.0.0.1",
    port,
    tls: "none",
    authMethod: "auto",
    ehloName: "proxy.test",
    connectTimeoutMs: 5_000,
    replyTimeoutMs: 5_000,
    ...more,
  };
}

export function envelope(recipients: string[] = ["b@test"], more: Partial<Envelope> = {}): Envelope {
  return { from: "a@test", recipients: recipients.map((address) => ({ address })), utf8: false, ...more };
}

export async function openSession(to: SmtpAccount): Promise<Session> {
  const session = await Session.open(to);
  if (!(session instanceof Session)) throw new Error(`no session: ${session.stage}: ${session.error}`);
  onTestFinished(() => session.quit());
  return session;
}

/** The fault of an account that must not work. */
export async function openFault(to: SmtpAccount): Promise<AccountFault> {
  const session = await Session.open(to);
  if (!(session instanceof Session)) return session;
  await session.quit();
  throw new Error("a session came about");
}

/** Outcomes by address, as `kind` or `stage code`. */
export function byAddress(outcome: SendOutcome): Record<string, string> {
  if (outcome.kind !== "answered" && outcome.kind !== "lost") throw new Error(`${outcome.kind}: ${outcome.error}`);
  return Object.fromEntries(outcome.recipients.map((recipient) => [recipient.address, summary(recipient)]));
}

function summary(recipient: RecipientOutcome): string {
  return recipient.kind === "accepted" ? "accepted" : `${recipient.stage} ${recipient.reply.code}`;
}
