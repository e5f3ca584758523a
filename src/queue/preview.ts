/** What a message says, as far as somebody wants to look at it: the beginnings of its texts, and its files without what is in them. */
import { type Database, rows } from "../db/database.ts";
import type { Content, RemoteAttachment } from "./message.ts";

/** Of each text, in characters. */
export const TEXT_SHOWN = 256 * 1024;

/** Of a ready-made mail, in characters of base64: a MiB of it, whose texts come before its files. */
const RAW_READ = 1_398_104;

type Said = Pick<
  Content,
  "from" | "reply_to" | "return_path" | "message_id" | "headers" | "list_unsubscribe" | "tags" | "metadata"
>;

export interface ShownFile extends Pick<RemoteAttachment, "filename"> {
  mime_type: string | null;
  content_id: string | null;
  disposition: "attachment" | "inline" | null;
  /** In bytes; null of one that is brought when the message goes. */
  size: number | null;
  fetch_mode: RemoteAttachment["fetch_mode"] | null;
  storage_path: string | null;
}

export interface Text {
  text: string;
  isWhole: boolean;
}

export interface Preview {
  said: Said;
  /** Of all that is stored of it, in characters, files as base64. */
  size: number;
  text: Text | null;
  html: Text | null;
  files: ShownFile[];
  /** A mail that came ready-made, in base64: its beginning, or all of it. */
  raw: { base64: string; isWhole: boolean } | null;
}

const PATHS = [
  ...["from", "reply_to", "return_path", "message_id", "headers", "list_unsubscribe", "tags", "metadata"],
] as const;

/** One call, since each reads the whole content. */
const SAID = `json_extract(p.content, ${PATHS.map((path) => `'$.${path}'`).join(", ")})`;

const text = (name: "text" | "html") =>
  `substr(p.content ->> '$.${name}', 1, ${TEXT_SHOWN}) as ${name}, length(p.content ->> '$.${name}') <= ${TEXT_SHOWN} as ${name}_is_whole`;

/** RFC 4648 4: four characters stand for three bytes, and padding for none. */
const FILES = `(
  select json_group_array(json_object(
    'filename', f.value ->> '$.filename', 'mime_type', f.value ->> '$.mime_type', 'content_id', f.value ->> '$.content_id',
    'disposition', f.value ->> '$.disposition', 'size', length(rtrim(f.value ->> '$.content', '=')) * 3 / 4,
    'fetch_mode', f.value ->> '$.fetch_mode', 'storage_path', f.value ->> '$.storage_path'))
  from json_each(p.content, '$.attachments') f)`;

const PREVIEW = `
  select m.size, ${SAID} as said, ${text("text")}, ${text("html")}, ${FILES} as files,
    substr(p.content ->> '$.raw', 1, ${RAW_READ}) as raw, length(p.content ->> '$.raw') <= ${RAW_READ} as raw_is_whole
  from messages m join payloads p on p.message = m.seq where m.seq = :seq`;

/** Undefined of one that is gone, and of one that was refused when it came in: nothing of what it says is kept. */
export async function readPreview(db: Database, seq: number): Promise<Preview | undefined> {
  const [row] = await rows(db, PREVIEW, { seq });
  if (row === undefined) return undefined;
  const { raw } = row;
  return {
    said: said(JSON.parse(String(row.said)) as unknown[]),
    size: Number(row.size),
    text: shown(row.text, row.text_is_whole),
    html: shown(row.html, row.html_is_whole),
    files: JSON.parse(String(row.files)) as ShownFile[],
    raw: typeof raw === "string" ? { base64: raw, isWhole: row.raw_is_whole === 1 } : null,
  };
}

/** What is left out of a content comes as null. */
function said(values: readonly unknown[]): Said {
  const given = PATHS.map((path, at) => [path, values[at]] as const).filter(([, value]) => value !== null);
  return { from: "", ...Object.fromEntries(given) };
}

function shown(text: unknown, isWhole: unknown): Text | null {
  return typeof text === "string" ? { text, isWhole: isWhole === 1 } : null;
}
