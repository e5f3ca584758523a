/** A claimed message as the composer and the SMTP session want it: the letter and its envelope. */

import { asciiAddress } from "../addresses/addr-spec.ts";
import type { Content as FileContent } from "../attachments/content.ts";
import type { Prepared } from "../attachments/fetcher.ts";
import { type UnsubscribeLinks, unsubscribeFields } from "../bounces/unsubscribe-link.ts";
import { parseMailbox, parseMailboxes } from "../mime/address.ts";
import type { Mail, Part } from "../mime/compose.ts";
import { parseMediaType } from "../mime/media-type.ts";
import { ownMessageId } from "../mime/message-id.ts";
import {
  type Claimed,
  type Content,
  type InlineAttachment,
  isInline,
  type RemoteAttachment,
} from "../queue/message.ts";
import type { Envelope } from "../smtp/session.ts";

export interface LetterOptions {
  /** Send `X-Mail-Proxy-ID` and `X-Genro-Mail-ID`, by which bounces are recognised. */
  trackingHeaders: boolean;
  asciiAttachments: boolean;
  /** By which the recipient unsubscribes, where the message is to have such. */
  unsubscribeLink?: string | undefined;
}

/** What a letter is made of. */
type Written = Pick<Claimed, "content" | "pk" | "id" | "createdAt">;

/** The same for every attempt, Message-ID and Date included: a second copy can be recognised as one. */
export function letter(claimed: Written, options: LetterOptions, prepared?: Prepared): Mail {
  const { content, pk, createdAt } = claimed;
  return {
    messageId: messageIdOf(claimed),
    date: new Date(content.date === undefined ? createdAt : content.date * 1000),
    from: parseMailbox(content.from),
    to: parseMailboxes(content.to),
    cc: parseMailboxes(content.cc ?? []),
    replyTo: parseMailboxes(content.reply_to ?? []),
    subject: content.subject,
    ...texts(prepared?.texts ?? content),
    headers: [
      ...Object.entries(content.headers ?? {}),
      ...unsubscribeFields(options.unsubscribeLink),
      ...trackingFields(claimed, options),
    ],
    attachments: (content.attachments ?? []).flatMap((file, at) => part(file, prepared?.files.get(at)) ?? []),
    boundarySeed: pk,
    asciiAttachments: options.asciiAttachments,
  };
}

export function messageIdOf({ content, pk }: Pick<Claimed, "content" | "pk">): string {
  return content.message_id ?? ownMessageId(pk, content.from);
}

export function trackingFields(
  { pk, id }: Pick<Claimed, "pk" | "id">,
  { trackingHeaders }: Pick<LetterOptions, "trackingHeaders">,
) {
  const fields = [
    ["X-Mail-Proxy-ID", pk],
    ["X-Genro-Mail-ID", id],
  ] as const;
  return trackingHeaders ? fields : [];
}

interface Addressed extends Pick<Claimed, "content" | "pk" | "tenantId"> {
  recipients: readonly Pick<Claimed["recipients"][number], "address">[];
}

/** It bears the message's own pk, which one that replaced another under the same id has from it: so it is made when the message goes. */
export async function unsubscribeLink(
  { content, pk, tenantId, recipients }: Addressed,
  links: UnsubscribeLinks,
): Promise<string | undefined> {
  const [recipient] = recipients;
  if (content.list_unsubscribe === undefined || recipient === undefined) return undefined;
  return links.link(content.list_unsubscribe, { tenantId, pk, address: recipient.address });
}

function texts({ text, html }: Pick<Content, "text" | "html">): Pick<Mail, "text" | "html"> {
  return { ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) };
}

/** Undefined where a link stands for it. */
function part(
  file: InlineAttachment | RemoteAttachment,
  brought: FileContent | "linked" | undefined,
): Part | undefined {
  if (brought === "linked") return undefined;
  const { filename, content_id, disposition } = file;
  const { bytes, mimeType } = brought ?? own(file);
  return {
    filename,
    content: bytes,
    ...(mimeType === undefined || !isMediaType(mimeType) ? {} : { contentType: mimeType }),
    ...(content_id === undefined ? {} : { contentId: content_id }),
    ...(disposition === undefined ? {} : { disposition }),
  };
}

function own(file: InlineAttachment | RemoteAttachment): FileContent {
  if (!isInline(file)) throw new Error(`${file.filename} was not fetched`);
  return { bytes: decodeBase64(file.content), mimeType: file.mime_type };
}

/** What a server calls a file is no reason not to send it: then its name says what it is. */
function isMediaType(text: string): boolean {
  try {
    parseMediaType(text);
    return true;
  } catch {
    return false;
  }
}

function decodeBase64(base64: string): Uint8Array {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Only the recipients that are still open; `utf8` as the composer found it. The message's own `return_path` goes before `returnPath`. */
export function envelope(claimed: Claimed, utf8: boolean, returnPath: string | undefined): Envelope {
  const { return_path, from, dsn } = claimed.content;
  return {
    // RFC 5321 4.5.5: the null sender, as a ready-made mail may have it.
    from: return_path === "" ? "" : asciiAddress(return_path ?? returnPath ?? parseMailbox(from).address),
    recipients: claimed.recipients.filter(({ status }) => status === "pending").map(({ address }) => ({ address })),
    utf8,
    // RFC 3461 4.4: comes back as Original-Envelope-Id, and so tells which message a notification is of.
    ...(dsn === undefined ? {} : { dsn: { ...dsn, envid: dsn.envid ?? claimed.pk } }),
  };
}
