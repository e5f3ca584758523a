/** A mail that came in, opened for the readers: its header, its text for people, and its other parts. */
import { decodeWords } from "postal-mime";
import { MOST_READ_BYTES } from "../notice.ts";
import { Fields, readBlocks } from "./fields.ts";
import { textOfHtml } from "./html.ts";
import { type Leaves, parseLeaves } from "./leaves.ts";
import { LONGEST_LINE, MOST_BOUNDARIES, MOST_ESCAPES, MOST_LINES, MOST_TEXT } from "./limits.ts";

export interface Part {
  /** In lower case, without parameters. */
  type: string;
  /** In lower case; empty where it has none. */
  fileName: string;
  content: Uint8Array;
}

export interface Mail {
  header: Fields;
  /** Encoded words decoded. */
  subject: string;
  /** RFC 6522 3: of a multipart/report; in lower case. */
  reportType: string | undefined;
  text: string;
  /** All leaves that are not text for people. */
  parts: Part[];
}

const LF = 0x0a;
const DASH = 0x2d;
const EQUALS = 0x3d;
/** RFC 5322 2.1: a blank line ends the header. */
const HEADER_END = /\r?\n\r?\n/;

export async function openMail(raw: Uint8Array): Promise<Mail> {
  const bytes = raw.subarray(0, endOfReading(raw));
  const leaves = await parseLeaves(bytes);
  // Broken or hostile MIME: what it says may still stand in it as text.
  return leaves === undefined || isEmpty(leaves) ? readFlat(bytes) : readLeaves(leaves);
}

/** Bytes as text, in UTF-8 or else in what every octet has a meaning in. */
export function decoded(bytes: Uint8Array, most: number = MOST_TEXT): string {
  const start = bytes.subarray(0, most);
  const text = new TextDecoder().decode(start);
  return text.includes("\ufffd") ? new TextDecoder("windows-1252").decode(start) : text;
}

function endOfReading(raw: Uint8Array): number {
  const end = Math.min(raw.length, MOST_READ_BYTES);
  let lines = 0;
  let boundaries = 0;
  let escapes = 0;
  for (let at = 0; at < end; at++) {
    if (raw[at] === EQUALS) escapes++;
    if (raw[at] === LF) lines++;
    if (raw[at] === LF && raw[at + 1] === DASH && raw[at + 2] === DASH) boundaries++;
    if (lines === MOST_LINES || boundaries === MOST_BOUNDARIES || escapes === MOST_ESCAPES) return at;
  }
  return end;
}

function isEmpty({ email, plain, html }: Leaves): boolean {
  return email.attachments.length === 0 && plain.every((text) => text === "") && html.every((text) => text === "");
}

function readLeaves({ email, plain, html }: Leaves): Mail {
  const text = plain.map((each) => each.slice(0, MOST_TEXT)).join("\n");
  const parts = email.attachments.map(({ mimeType, filename, content }) => ({
    type: mimeType,
    fileName: (filename ?? "").toLowerCase(),
    content: typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
  }));
  const header = new Fields(email.headers.map(({ key, value }) => [key, value]));
  const shown = text.trim() === "" ? html.map((each) => textOfHtml(each.slice(0, MOST_TEXT))).join("\n") : text;
  return { ...named(header), text: shown.slice(0, MOST_TEXT), parts };
}

function readFlat(bytes: Uint8Array): Mail {
  const text = decoded(bytes);
  const header = readBlocks(text, 1)[0] ?? new Fields([]);
  const end = HEADER_END.exec(text);
  return { ...named(header), text: end === null ? "" : text.slice(end.index + end[0].length), parts: [] };
}

function named(header: Fields): Pick<Mail, "header" | "subject" | "reportType"> {
  const contentType = header.first("content-type")?.slice(0, LONGEST_LINE) ?? "";
  return {
    header,
    subject: decodeWords(header.first("subject")?.slice(0, LONGEST_LINE) ?? ""),
    reportType: /report-type\s{0,9}=\s{0,9}"?([\w-]{1,40})/i.exec(contentType)?.[1]?.toLowerCase(),
  };
}
