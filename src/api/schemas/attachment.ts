/** One attachment of a message. Content travels inside the request for now; every other source is refused by its name. */
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import * as v from "valibot";
import { reason } from "../../errors.ts";
import { parseMediaType } from "../../mime/media-type.ts";
import type { InlineAttachment } from "../../queue/message.ts";
import { line, map, oneLine } from "./values.ts";

const FETCH_MODES = ["base64", "http_url", "filesystem", "storage", "endpoint"] as const;
const MD5 = /^[0-9a-f]{32}$/i;
/** RFC 2392 2 and RFC 2045 7: an id inside angle brackets, or bare. */
const CONTENT_ID = /^(?:<[!-;=?-~]+>|[!-;=?-~]+)$/;
const PREFIX = "base64:";

const mediaType = v.pipe(
  line(255),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      parseMediaType(dataset.value);
    } catch (error) {
      addIssue({ message: reason(error) });
    }
  }),
);

export const Attachment = v.pipe(
  v.strictObject({
    filename: line(255),
    storage_path: v.string(),
    fetch_mode: v.nullish(v.picklist(FETCH_MODES)),
    mime_type: v.nullish(mediaType),
    content_md5: v.nullish(v.pipe(v.string(), v.regex(MD5, "must be an MD5 as 32 hexadecimal digits"))),
    auth: v.nullish(map(v.string(), v.unknown())),
    content_id: v.nullish(v.pipe(oneLine, v.regex(CONTENT_ID, "must be visible ASCII"), v.maxLength(900))),
    disposition: v.nullish(v.picklist(["attachment", "inline"])),
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): InlineAttachment => {
    const read = inline(value);
    if (typeof read !== "string") return read;
    addIssue({ message: read });
    return NEVER;
  }),
);

/** Whether it lies in a file, of whatever came in as an attachment. */
export const FileAttachment = v.pipe(
  v.looseObject({ storage_path: v.string(), fetch_mode: v.nullish(v.string()) }),
  v.check(({ storage_path, fetch_mode }) => (fetch_mode ?? inferredMode(storage_path)) === "filesystem"),
);

interface Given {
  filename: string;
  storage_path: string;
  fetch_mode?: (typeof FETCH_MODES)[number] | null | undefined;
  mime_type?: string | null | undefined;
  content_md5?: string | null | undefined;
  content_id?: string | null | undefined;
  disposition?: "attachment" | "inline" | null | undefined;
}

/** The attachment with its content, or why there is none. */
function inline(given: Given): InlineAttachment | string {
  const mode = given.fetch_mode ?? inferredMode(given.storage_path);
  if (mode !== "base64") return `fetch_mode ${mode} is not served yet`;
  const path = given.storage_path;
  const content = base64(path.startsWith(PREFIX) ? path.slice(PREFIX.length) : path);
  if (content === undefined) return "storage_path is not base64";
  const { filename, marked } = withoutMarker(given.filename);
  if (filename === "") return "filename has nothing beside its marker";
  const promised = [given.content_md5, marked].filter((hash) => typeof hash === "string");
  if (promised.length > 0) {
    const actual = md5Of(content);
    if (promised.some((hash) => hash.toLowerCase() !== actual)) return "the content has another MD5 than promised";
  }
  return {
    filename,
    content,
    mime_type: given.mime_type ?? undefined,
    content_id: given.content_id ?? undefined,
    disposition: given.disposition ?? undefined,
  };
}

function inferredMode(path: string): (typeof FETCH_MODES)[number] {
  if (path.startsWith(PREFIX)) return "base64";
  if (/^https?:\/\//.test(path)) return "http_url";
  return path.startsWith("/") ? "filesystem" : "endpoint";
}

/** Base64 (RFC 4648 4) without white space; undefined where it is anything else. */
function base64(given: string): string | undefined {
  const content = /\s/.test(given) ? given.replace(/\s+/g, "") : given;
  if (content.length % 4 !== 0) return undefined;
  const padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
  // A search for what must not be there: matching all that may be would keep a way back for each of millions of characters.
  return /[^A-Za-z0-9+/]/.test(padding === 0 ? content : content.slice(0, -padding)) ? undefined : content;
}

/** `{MD5:hash}` in a file name tells its content, never the recipient. */
function withoutMarker(given: string): { filename: string; marked: string | undefined } {
  const [marker, marked] = /\s*\{MD5:([0-9a-f]{32})\}/i.exec(given) ?? [];
  return { filename: marker === undefined ? given : given.replace(marker, "").trim(), marked };
}

function md5Of(content: string): string {
  return bytesToHex(md5(Uint8Array.from(atob(content), (character) => character.charCodeAt(0))));
}
