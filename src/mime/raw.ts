/**
 * Takes a mail that comes ready-made, from a file or over SMTP: kept byte for byte, but for what must not go out.
 *
 * 1. Bare line ends become CRLF.
 * 2. The header is read: sender, recipients, subject, Message-ID.
 * 3. Bcc fields are taken off.
 */
import { decodeWords } from "postal-mime";
import { parseMailbox } from "./address.ts";
import { withCrlf } from "./line-ends.ts";
import { concatenate } from "./multipart.ts";
import { authorsOf, type RawRecipient, recipientsOf, senderOf } from "./raw-envelope.ts";
import { RawMailError } from "./raw-error.ts";
import { type RawField, readHeader } from "./raw-header.ts";

export { RawMailError } from "./raw-error.ts";

export interface RawMail {
  /** As it goes out, but for the fields that are added at the top (raw-additions.ts). */
  raw: Uint8Array;
  /** The envelope sender; empty is the null sender. Undefined: wherever bounces go, and else the author. */
  from: string | undefined;
  /** The addresses of the From field. */
  authors: [string, ...string[]];
  recipients: RawRecipient[];
  /** As it reads. */
  subject: string;
  /** As it stands in the mail; undefined where it has none. */
  messageId: string | undefined;
}

/** An envelope that is known already; what is left out is read from the header. */
export interface RawOptions {
  from?: string | undefined;
  to?: readonly string[] | undefined;
}

/** RFC 5322 3.6.3: whom a blind copy goes to is the envelope's alone. */
const BLIND = new Set(["bcc", "resent-bcc"]);

/** Throws RawMailError with what is wrong with the mail, AddressError with what is wrong with an option. */
export function rawMail(bytes: Uint8Array, { from, to }: RawOptions = {}): RawMail {
  const mail = withCrlf(bytes);
  if (mail.length === 0) throw new RawMailError("it is empty");
  const fields = readHeader(mail);
  const value = (name: string) => fields.find((field) => field.name === name)?.value;
  return {
    raw: withoutFields(
      mail,
      fields.filter(({ name }) => BLIND.has(name)),
    ),
    from: from === undefined ? senderOf(fields) : reversePath(from),
    authors: authorsOf(fields),
    recipients:
      to === undefined ? recipientsOf(fields) : to.map((text) => ({ kind: "to", address: parseMailbox(text).address })),
    subject: decodeWords(value("subject") ?? ""),
    messageId: value("message-id") || undefined,
  };
}

/** RFC 5321 4.1.1.2: `<>` is the null sender. */
function reversePath(text: string): string {
  return text === "" || text === "<>" ? "" : parseMailbox(text).address;
}

/** The mail without these fields of its header, in their order; the very same bytes where there are none. */
export function withoutFields(mail: Uint8Array, fields: readonly RawField[]): Uint8Array {
  if (fields.length === 0) return mail;
  const starts = [0, ...fields.map(({ end }) => end)];
  const ends = [...fields.map(({ start }) => start), mail.length];
  return concatenate(starts.map((start, at) => mail.subarray(start, ends[at])));
}
