/** What a client sees of a mail in the sandbox: a line of the list, or everything that a parser finds in it. */
import PostalMime, { type Address, type Attachment, type Email } from "postal-mime";
import type { Mail } from "./inbox.ts";

/** A mail never changes, and the list is asked for every second: each is parsed for it once. */
const summaries = new WeakMap<Mail, Promise<ReturnType<typeof summarize>>>();

export function summaryOf(mail: Mail) {
  const known = summaries.get(mail) ?? parse(mail).then((email) => summarize(mail, email));
  summaries.set(mail, known);
  return known;
}

function summarize(mail: Mail, email: Email) {
  return {
    n: mail.n,
    from: addressText(email.from),
    to: addressTexts(email.to),
    subject: email.subject ?? "",
    date: email.date ?? null,
    received_ts: Math.floor(mail.receivedAt / 1000),
    size: mail.raw.length,
  };
}

export async function detailsOf(mail: Mail) {
  const email = await parse(mail);
  return {
    ...summarize(mail, email),
    cc: addressTexts(email.cc),
    message_id: email.messageId ?? null,
    envelope: { mail_from: mail.mailFrom, rcpt_to: mail.rcptTo },
    headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    text: email.text ?? null,
    html: email.html ?? null,
    attachments: email.attachments.map((attachment) => ({
      filename: attachment.filename,
      mime_type: attachment.mimeType,
      size: bytesOf(attachment).length,
      content_id: attachment.contentId ?? null,
      disposition: attachment.disposition,
    })),
    raw: new TextDecoder().decode(mail.raw),
  };
}

/** An attachment by its place among the mail's `attachments`, from 0. */
export async function attachmentOf(mail: Mail, position: number) {
  const attachment = (await parse(mail)).attachments[position];
  return attachment && { filename: attachment.filename, mimeType: attachment.mimeType, bytes: bytesOf(attachment) };
}

function parse(mail: Mail): Promise<Email> {
  return PostalMime.parse(mail.raw);
}

function addressTexts(addresses: Address[] = []): string[] {
  return addresses.map(addressText);
}

function addressText(address: Address | undefined): string {
  if (address === undefined) return "";
  if (address.group !== undefined) return `${address.name}: ${addressTexts(address.group).join(", ")};`; // RFC 5322 3.4
  return address.name === "" ? address.address : `${address.name} <${address.address}>`;
}

function bytesOf({ content }: Attachment): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}
