/** The header of a mail (RFC 5322 3.6): its own fields in their customary order, then the application's. */
import { addressField, parsedAddressField } from "./address-field.ts";
import { ComposeError } from "./compose-error.ts";
import { textField, verbatimField } from "./field.ts";
import { assertOneLine, isHeaderName, refusedHeader } from "./headers.ts";
import type { Mail } from "./mail.ts";

/** Custom fields that hold mailboxes, whose names alone may be encoded. */
const ADDRESS_FIELDS = new Set(["sender", "disposition-notification-to", "return-receipt-to", "errors-to"]);
/** Custom fields that programs read: an encoded word in them would be a broken id or URL. */
const VERBATIM_FIELDS =
  /^(?:references|in-reply-to|list-(?:unsubscribe|unsubscribe-post|help|subscribe|post|owner|archive))$/;
/** RFC 5322 3.6.4, with whatever visible ASCII people put on either side of the @. */
const MESSAGE_ID = /^<?([!-;=?-~]{1,450}@[!-;=?-~]{1,450})>?$/;

/** All fields but those of the body's structure, each ended by CRLF. Throws ComposeError. */
export function headerFields(mail: Mail): string {
  let fields = `Date: ${dateTime(mail.date)}\r\n`;
  fields += addressField("From", [mail.from]);
  // With blind recipients alone, an empty group says so (RFC 5322 3.4); many filters distrust a mail without To.
  fields += hasReader(mail) ? addressField("To", mail.to) : "To: undisclosed-recipients:;\r\n";
  fields += addressField("Cc", mail.cc);
  fields += addressField("Reply-To", mail.replyTo);
  assertOneLine(mail.subject, "the subject");
  fields += textField("Subject", mail.subject);
  fields += verbatimField("Message-ID", messageId(mail.messageId));
  for (const [name, value] of mail.headers) fields += customField(name, value);
  return `${fields}MIME-Version: 1.0\r\n`;
}

function hasReader({ to, cc }: Mail): boolean {
  return to.length > 0 || cc.length > 0;
}

/** RFC 5322 3.3, in UTC. */
export function dateTime(date: Date): string {
  const year = date.getUTCFullYear();
  // Before 1900 the format ends (RFC 5322 3.3), after 9999 so does JavaScript's; an invalid date has no year.
  if (!(year >= 1900 && year <= 9999)) throw new ComposeError("the date is not one that a mail can have");
  return date.toUTCString().replace("GMT", "+0000");
}

/** The Message-ID in its angle brackets. Throws ComposeError. */
export function messageId(text: string): string {
  assertOneLine(text, "the Message-ID");
  const id = MESSAGE_ID.exec(text.trim())?.[1];
  if (id === undefined) throw new ComposeError("the Message-ID is not like <unique@domain>");
  return `<${id}>`;
}

/** One field of the application's; an API can ask early whether it would be refused. Throws ComposeError. */
export function customField(name: string, value: string): string {
  if (!isHeaderName(name)) throw new ComposeError(`${JSON.stringify(name.slice(0, 80))} is not a header name`);
  if (refusedHeader(name)) throw new ComposeError(`header ${name} cannot be set`);
  assertOneLine(value, `header ${name}`);
  const lower = name.toLowerCase();
  if (ADDRESS_FIELDS.has(lower)) return parsedAddressField(name, value);
  return VERBATIM_FIELDS.test(lower) ? verbatimField(name, value) : textField(name, value);
}
