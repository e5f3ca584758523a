/** An email as either client reads it: the fields of both, in one object. */
import { parseMailbox } from "../mime/address.ts";
import { ownMessageId } from "../mime/message-id.ts";
import type { Email } from "../queue/emails.ts";
import type { EventView } from "../queue/timeline.ts";
import { eventWord, WORDS } from "./emails-view-words.ts";

/** Of one email; left out in lists. */
export interface Shown {
  html: string | null;
  text: string | null;
  events: EventView[];
}

/** As `resend` reads it. */
export function flatView(email: Email, shown?: Shown) {
  const { pk, progress, said, subject, createdAt, scheduledAt } = email;
  return {
    object: "email",
    id: pk,
    message_id: messageIdOf(email),
    from: said.from,
    to: said.to,
    cc: said.cc ?? null,
    bcc: said.bcc ?? null,
    reply_to: said.reply_to ?? null,
    subject,
    ...(shown === undefined ? {} : { html: shown.html, text: shown.text }),
    created_at: new Date(createdAt).toISOString(),
    scheduled_at: isoOrNull(scheduledAt),
    last_event: WORDS[progress].lastEvent,
    ...(shown === undefined ? {} : { tags: pairs(said.tags) }),
  };
}

/** As PostStack reads it. */
export function nestedView(email: Email, shown?: Shown) {
  const { pk, progress, said, subject, createdAt, scheduledAt, sentAt } = email;
  const { name, address } = mailboxOf(said.from);
  return {
    id: pk,
    publicId: pk,
    from: said.from,
    to: said.to,
    subject,
    status: WORDS[progress].status,
    createdAt: new Date(createdAt).toISOString(),
    sentAt: isoOrNull(sentAt),
    scheduledAt: isoOrNull(scheduledAt),
    fromAddress: address,
    fromName: name ?? null,
    toAddresses: said.to.map(addressOf),
    ccAddresses: said.cc?.map(addressOf) ?? null,
    bccAddresses: said.bcc?.map(addressOf) ?? null,
    replyTo: said.reply_to ?? null,
    headers: said.headers ?? null,
    tags: texts(said.tags),
    ...(shown === undefined
      ? {}
      : { htmlBody: shown.html, textBody: shown.text, events: eventViews(email, shown.events) }),
  };
}

/** One of a list, with the fields of both. */
export function listedView(email: Email) {
  return { ...flatView(email), ...nestedView(email) };
}

/** What happened, as it is on the timeline; an email begins with being queued. */
export function eventViews({ pk, createdAt }: Email, timeline: readonly EventView[]) {
  const queued = { id: "0", word: "queued", at: createdAt, metadata: null };
  const others = timeline.map(({ event_id, event, event_ts, reported_ts: _, ...data }) => ({
    id: String(event_id),
    word: eventWord(String(event), data.bounce_type),
    at: Number(event_ts) * 1000,
    metadata: Object.keys(data).length === 0 ? null : data,
  }));
  return [queued, ...others].map(({ id, word, at, metadata }) => ({
    id,
    type: word,
    eventType: word,
    timestamp: new Date(at).toISOString(),
    createdAt: new Date(at).toISOString(),
    metadata,
    emailId: pk,
  }));
}

/** What was refused when it came in has no author, and never goes out. */
function messageIdOf({ pk, said }: Email): string | null {
  return said.message_id ?? (said.from === "" ? null : ownMessageId(pk, said.from));
}

function mailboxOf(text: string): { name?: string; address: string } {
  return text === "" ? { address: "" } : parseMailbox(text);
}

function addressOf(text: string): string {
  return parseMailbox(text).address;
}

function pairs(tags: Record<string, string> = {}): { name: string; value: string }[] {
  return Object.entries(tags).map(([name, value]) => ({ name, value }));
}

/** Names alone, as PostStack has them; a value stands behind a colon. In order of the alphabet: a map has none of its own. */
function texts(tags: Record<string, string> = {}): string[] {
  return pairs(tags)
    .map(({ name, value }) => (value === "" ? name : `${name}:${value}`))
    .sort();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
