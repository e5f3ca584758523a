/** Which header fields an application may set, how a field's name must look, and the one check against line breaks. */
import { ComposeError } from "./compose-error.ts";

/**
 * Fields that a mail has its own members for, or that only a mail system may write: a second copy would contradict the
 * first (RFC 5322 3.6 allows one of each), and trace fields would be forged.
 */
const OWN_OR_TRACE = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "return-path",
  "received",
  "received-spf",
  "authentication-results",
  "domainkey-signature",
]);

/** Families of fields: the body's structure, signatures over bytes that do not exist yet, and resending (RFC 5322 3.6.6). */
const FAMILIES = /^(?:mime|content|dkim|arc|resent)-/;

/** RFC 5322 2.2: printable ASCII but the colon; at most 76, so that a fold after the colon keeps the line short. */
const NAME = /^[!-9;-~]{1,76}$/;

const UNSUBSCRIBE = /^list-unsubscribe(?:-post)?$/i;

const LINE_BREAK = /[\r\n\0]/;

/** Whether an application may not set this header field itself; case does not matter. */
export function refusedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return OWN_OR_TRACE.has(lower) || FAMILIES.test(lower);
}

/** Whether this header field tells how to unsubscribe (RFC 2369 3.2, RFC 8058 3.1): a mail has one of each. */
export function isUnsubscribeField(name: string): boolean {
  return UNSUBSCRIBE.test(name);
}

/** Whether the text can be the name of a header field. */
export function isHeaderName(name: string): boolean {
  return NAME.test(name);
}

/** Whether the text holds CR, LF or NUL: in an address, header, file name or id that is always an attempt to inject. */
export function hasLineBreak(text: string): boolean {
  return LINE_BREAK.test(text);
}

/** Refuses text with CR, LF or NUL; `what` names it in the error. */
export function assertOneLine(text: string, what: string): void {
  if (hasLineBreak(text)) throw new ComposeError(`${what} holds a line break or a NUL`);
}
