/** What the composer takes: a mail as its sender means it, before any of it is encoded. */
import type { Mailbox } from "./address.ts";

export interface Mail {
  /** With or without angle brackets. */
  messageId: string;
  date: Date;
  from: Mailbox;
  to: Mailbox[];
  cc: Mailbox[];
  replyTo: Mailbox[];
  // There is no bcc on purpose: whom a mail goes to is the envelope's, and what is not here cannot leak.
  subject: string;
  /** With `html` too, the two are alternatives of one content; with neither, the mail is an empty text. */
  text?: string;
  html?: string;
  /** Custom fields in their order; those that `refusedHeader` names are refused. Values may hold any text of one line. */
  headers: readonly (readonly [name: string, value: string])[];
  attachments: readonly Part[];
  /** What boundaries are made of, so that a retry sends the bytes of the first attempt. */
  boundarySeed: string;
  /** File names transliterated to plain ASCII, for readers that know nothing else. */
  asciiAttachments?: boolean;
}

/** An attachment, or a picture that the HTML shows. */
export interface Part {
  filename: string;
  /** Omitted: by the extension of the file name. */
  contentType?: string;
  content: Uint8Array;
  /** With or without angle brackets; what `cid:` in the HTML names it by (RFC 2392). */
  contentId?: string;
  /** Omitted: `inline` where the HTML names it, else `attachment`. */
  disposition?: "attachment" | "inline";
}
