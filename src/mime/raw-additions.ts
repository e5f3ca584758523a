/** What a ready-made mail is given on its way out: fields at its top, where nothing below them is touched. */
import type { Composed } from "./compose.ts";
import { verbatimField } from "./field.ts";
import { customField, dateTime, messageId } from "./mail-header.ts";
import { concatenate } from "./multipart.ts";
import { holdsUtf8, readHeader } from "./raw-header.ts";

export interface Additions {
  /** Added in any case, in their order. */
  fields: readonly (readonly [name: string, value: string])[];
  /** Added where the mail has none (RFC 6409 8.2 and 8.3). */
  messageId: string;
  date: Date;
}

/** The mail as it goes out; the same bytes for the same additions. */
export function withAdditions(raw: Uint8Array, additions: Additions): Composed {
  const header = readHeader(raw);
  const lacks = (name: string) => header.every((field) => field.name !== name);
  let top = additions.fields.map(([name, value]) => customField(name, value)).join("");
  if (lacks("message-id")) top += verbatimField("Message-ID", messageId(additions.messageId));
  if (lacks("date")) top += `Date: ${dateTime(additions.date)}\r\n`;
  return { bytes: concatenate([top, raw]), utf8: holdsUtf8(raw, header) };
}
