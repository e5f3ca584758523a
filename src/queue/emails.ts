/** Messages as the email API shows them: who and what stands on them, without their files. */
import type { Row } from "@libsql/client";
import { type Database, json, rows } from "../db/database.ts";
import type { Content } from "./message.ts";
import { PROGRESS, type Progress } from "./progress.ts";

/** Such contents are read in one statement, so that nobody waits long for the database behind a page of large mails. */
const CHARACTERS_AT_ONCE = 16 * 1024 * 1024;

/** Of a ready-made mail so much is looked at, in characters of base64: 256 KiB of it, in which all of an ordinary one stands. */
const MOST_RAW = 349_528;

/** What is shown of what a message says; of one that was refused when it came in nothing of it is kept. */
type Said = Pick<
  Content,
  "from" | "to" | "cc" | "bcc" | "reply_to" | "message_id" | "headers" | "list_unsubscribe" | "tags"
>;

/** Every moment in Unix milliseconds. */
export interface Email {
  seq: number;
  pk: string;
  progress: Progress;
  subject: string;
  createdAt: number;
  /** While it waits for a moment. */
  scheduledAt: number | null;
  sentAt: number | null;
  said: Said;
}

/** A message that stands on a page. */
export interface Place {
  seq: number;
  /** Of its content, in characters. */
  size: number;
}

const PATHS = ["from", "to", "cc", "bcc", "reply_to", "message_id", "headers", "list_unsubscribe", "tags"] as const;

/** One call, since each reads the whole content. */
const extracted = (paths: readonly string[]) =>
  `json_extract(p.content, ${paths.map((path) => `'$.${path}'`).join(", ")})`;

const BASICS = `m.seq, m.pk, ${PROGRESS} as progress, p.subject, m.created_at,
  iif(m.state = 'scheduled', m.deferred_at, null) as scheduled_at, iif(m.state = 'sent', m.finished_at, null) as sent_at,
  ${extracted(PATHS)} as said`;

const BY_SEQ = `
  select ${BASICS} from json_each(:seqs) s cross join messages m on m.seq = s.value
  left join payloads p on p.message = m.seq order by m.seq desc`;

/** Newest first. */
export async function readEmails(db: Database, places: readonly Place[]): Promise<Email[]> {
  const emails: Email[] = [];
  for (const seqs of portions(places)) {
    const found = await rows(db, BY_SEQ, { seqs: json(seqs) });
    emails.push(...found.map(email));
  }
  return emails;
}

/** Portions that are read at once, each of one message or of no more characters than that. */
function portions(places: readonly Place[]): number[][] {
  const all: number[][] = [];
  let room = 0;
  for (const { seq, size } of places) {
    if (size > room || all.length === 0) {
      all.push([]);
      room = CHARACTERS_AT_ONCE;
    }
    all.at(-1)?.push(seq);
    room -= size;
  }
  return all;
}

/** One email with its texts, and what is known of how it goes. */
export interface WholeEmail extends Email {
  html: string | null;
  text: string | null;
  /** A mail that came ready-made, in base64: the beginning of it, or all where that is `isWhole`. */
  raw: { base64: string; isWhole: boolean } | null;
  /** How its files are called. */
  files: string[];
  /** In characters, its files as base64. */
  size: number;
  /** Of its account. */
  fromAddress: string | null;
  user: string | null;
}

const WHOLE = `
  select ${BASICS}, ${extracted(["html", "text"])} as texts, p.content ->> '$.raw' is not null as is_raw,
    substr(p.content ->> '$.raw', 1, ${MOST_RAW}) as raw, length(p.content ->> '$.raw') <= ${MOST_RAW} as is_whole,
    (select json_group_array(f.value ->> '$.filename') from json_each(p.content, '$.attachments') f) as files,
    m.size, a.from_address, a.user
  from messages m left join payloads p on p.message = m.seq left join accounts a on a.key = m.account_key
  where m.seq = :seq`;

/** Undefined where it is gone. */
export async function readWholeEmail(db: Database, seq: number): Promise<WholeEmail | undefined> {
  const [row] = await rows(db, WHOLE, { seq });
  if (row === undefined) return undefined;
  const [html, text] = parsed<[string | null, string | null]>(row.texts) ?? [null, null];
  return {
    ...email(row),
    html,
    text,
    raw: row.is_raw === 1 ? { base64: String(row.raw), isWhole: row.is_whole === 1 } : null,
    files: parsed<string[]>(row.files) ?? [],
    size: Number(row.size),
    fromAddress: textOf(row.from_address),
    user: textOf(row.user),
  };
}

function email(row: Row): Email {
  return {
    seq: Number(row.seq),
    pk: String(row.pk),
    progress: String(row.progress) as Progress,
    subject: textOf(row.subject) ?? "",
    createdAt: Number(row.created_at),
    scheduledAt: momentOf(row.scheduled_at),
    sentAt: momentOf(row.sent_at),
    said: said(parsed<unknown[]>(row.said) ?? []),
  };
}

/** What is left out of a content comes as null. */
function said(values: readonly unknown[]): Said {
  const given = PATHS.flatMap((path, at) =>
    values[at] === null || values[at] === undefined ? [] : [[path, values[at]]],
  );
  return { from: "", to: [], ...Object.fromEntries(given) };
}

function parsed<T>(value: unknown): T | undefined {
  return typeof value === "string" ? (JSON.parse(value) as T) : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function momentOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
