/** A claimed message as the composer and the SMTP session want it: the letter and its envelope. */

import { asciiAddress } from "../mime/addr-spec.ts";
import { parseMailbox, parseMailboxes } from "../mime/address.ts";
import type { Mail, Part } from "../mime/compose.ts";
import type { Claimed, Content, InlineAttachment } from "../queue/message.ts";
import type { Envelope } from "../smtp/session.ts";

export interface LetterOptions {
  /** Send `X-Mail-Proxy-ID` and `X-Genro-Mail-ID`, by which bounces are recognised. */
  trackingHeaders: boolean;
  asciiAttachments: boolean;
}

/** The same for every attempt, Message-ID and Date included: a second copy can be recognised as one. */
export function letter(claimed: Claimed, options: LetterOptions): Mail {
  const { content, pk, id, createdAt } = claimed;
  const from = parseMailbox(content.from);
  const domain = asciiAddress(from.address).split("@").at(-1);
  const tracking = options.trackingHeaders
    ? ([
        ["X-Mail-Proxy-ID", pk],
        ["X-Genro-Mail-ID", id],
      ] as const)
    : [];
  return {
    messageId: content.message_id ?? `<${pk}@${domain}>`,
    date: new Date(content.date === undefined ? createdAt : content.date * 1000),
    from,
    to: parseMailboxes(content.to),
    cc: parseMailboxes(content.cc ?? []),
    replyTo: parseMailboxes(content.reply_to ?? []),
    subject: content.subject,
    ...texts(content),
    headers: [...Object.entries(content.headers ?? {}), ...tracking],
    attachments: (content.attachments ?? []).map(part),
    boundarySeed: pk,
    asciiAttachments: options.asciiAttachments,
  };
}

function texts({ text, html }: Content): Pick<Mail, "text" | "html"> {
  return { ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) };
}

function part({ filename, content, mime_type, content_id, disposition }: InlineAttachment): Part {
  return {
    filename,
    content: decodeBase64(content),
    ...(mime_type === undefined ? {} : { contentType: mime_type }),
    ...(content_id === undefined ? {} : { contentId: content_id }),
    ...(disposition === undefined ? {} : { disposition }),
  };
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
    from: asciiAddress(return_path ?? parseMailbox(from).address),
    recipients: claimed.recipients.filter(({ status }) => status === "pending").map(({ address }) => ({ address })),
    utf8,
    ...(dsn === undefined ? {} : { dsn }),
  };
}
