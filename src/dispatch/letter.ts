/** A claimed message as the composer and the SMTP session want it: the letter and its envelope. */

import type { Content as FileContent } from "../attachments/content.ts";
import type { Prepared } from "../attachments/fetcher.ts";
import { asciiAddress } from "../mime/addr-spec.ts";
import { parseMailbox, parseMailboxes } from "../mime/address.ts";
import type { Mail, Part } from "../mime/compose.ts";
import { parseMediaType } from "../mime/media-type.ts";
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
}

/** The same for every attempt, Message-ID and Date included: a second copy can be recognised as one. */
export function letter(claimed: Claimed, options: LetterOptions, prepared?: Prepared): Mail {
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
    headers: [...Object.entries(content.headers ?? {}), ...trackingFields(claimed, options)],
    attachments: (content.attachments ?? []).flatMap((file, at) => part(file, prepared?.files.get(at)) ?? []),
    boundarySeed: pk,
    asciiAttachments: options.asciiAttachments,
  };
}

export function messageIdOf({ content, pk }: Claimed): string {
  const domain = asciiAddress(parseMailbox(content.from).address).split("@").at(-1);
  return content.message_id ?? `<${pk}@${domain}>`;
}

export function trackingFields({ pk, id }: Claimed, { trackingHeaders }: Pick<LetterOptions, "trackingHeaders">) {
  const fields = [
    ["X-Mail-Proxy-ID", pk],
    ["X-Genro-Mail-ID", id],
  ] as const;
  return trackingHeaders ? fields : [];
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

/** Only the recipients that are still open; `utf8` as the composer found it. */
export function envelope(claimed: Claimed, utf8: boolean): Envelope {
  const { return_path, from, dsn } = claimed.content;
  return {
    // RFC 5321 4.5.5: the null sender, as a ready-made mail may have it.
    from: return_path === "" ? "" : asciiAddress(return_path ?? parseMailbox(from).address),
    recipients: claimed.recipients.filter(({ status }) => status === "pending").map(({ address }) => ({ address })),
    utf8,
    ...(dsn === undefined ? {} : { dsn }),
  };
}
