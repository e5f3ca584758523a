/** What imapflow's errors say, in words for a person and without the password. */
import { MailboxFault } from "../bounces/mailbox-fault.ts";
import type { MailboxAddress } from "../ports.ts";

/** RFC 3501 7.1: the server said NO or BAD to one command; the connection is as good as before. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "responseStatus" in error && typeof error.responseStatus === "string";
}

/** `refused`: what was asked for, where the server said no. */
export function explain(error: unknown, { password }: MailboxAddress, refused = "the server refuses"): MailboxFault {
  const said = error instanceof Error ? error : new Error(String(error));
  const server = textOf(said, "responseText") ?? textOf(said, "response") ?? textOf(said, "reason");
  const what = whatFailed(said, refused);
  const text = server === undefined || what.includes(server) ? what : `${what}: ${server}`;
  // A server may repeat what it was told.
  return new MailboxFault(password === "" ? text : text.replaceAll(password, "********"));
}

function whatFailed(error: Error, refused: string): string {
  if ("authenticationFailed" in error && error.authenticationFailed === true) return "the login was refused";
  if ("tlsFailed" in error && error.tlsFailed === true) return `TLS failed: ${error.message}`;
  return isRefusal(error) ? refused : error.message;
}

function textOf(error: Error, field: string): string | undefined {
  const value: unknown = Object.entries(error).find(([name]) => name === field)?.[1];
  return typeof value === "string" && value !== "" ? value : undefined;
}
