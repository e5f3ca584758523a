/** One attachment of a message: its content in base64, or where that is to be had when the message is sent. */
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import * as v from "valibot";
import { reason } from "../../errors.ts";
import { parseMediaType } from "../../mime/media-type.ts";
import type { InlineAttachment, RemoteAttachment } from "../../queue/message.ts";
import { mayAuthenticate } from "../../security/credentials.ts";
import { urlIn } from "../../url.ts";
import { line, object, oneLine } from "./values.ts";

const FETCH_MODES = ["base64", "http_url", "filesystem", "storage", "endpoint"] as const;
const MD5 = /^[0-9a-f]{32}$/i;
/** RFC 2392 2 and RFC 2045 7: an id inside angle brackets, or bare. */
const CONTENT_ID = /^(?:<[!-;=?-~]+>|[!-;=?-~]+)$/;
const PREFIX = "base64:";
/** The name of a store, and a path in it. */
const IN_STORE = /^[^:]+:./su;
const LONGEST_PATH = 8_192;

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

const secret = v.pipe(
  oneLine,
  v.nonEmpty("must not be empty"),
  v.maxLength(10_000, "must have at most 10000 characters"),
);

/** How to authenticate for one file, instead of the tenant's `client_auth`, in the shape of that. */
const auth = v.pipe(
  object({
    method: v.picklist(["none", "bearer", "basic", "header"]),
    token: v.nullish(secret),
    user: v.nullish(line(255)),
    password: v.nullish(secret),
    header: v.nullish(
      v.pipe(line(255), v.check(mayAuthenticate, "must be the name of a header that can carry credentials")),
    ),
  }),
  v.check(({ method, token }) => (method !== "bearer" && method !== "header") || isGiven(token), "needs a token"),
  v.check(({ method, user }) => method !== "basic" || isGiven(user), "needs a user"),
);

export const Attachment = v.pipe(
  v.strictObject({
    filename: line(255),
    storage_path: v.string(),
    fetch_mode: v.nullish(v.picklist(FETCH_MODES)),
    mime_type: v.nullish(mediaType),
    content_md5: v.nullish(v.pipe(v.string(), v.regex(MD5, "must be an MD5 as 32 hexadecimal digits"))),
    auth: v.nullish(auth),
    content_id: v.nullish(v.pipe(oneLine, v.regex(CONTENT_ID, "must be visible ASCII"), v.maxLength(900))),
    disposition: v.nullish(v.picklist(["attachment", "inline"])),
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): InlineAttachment | RemoteAttachment => {
    const read = readAttachment(value);
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
  auth?: v.InferOutput<typeof auth> | null | undefined;
  content_id?: string | null | undefined;
  disposition?: "attachment" | "inline" | null | undefined;
}

/** The attachment as it is kept, or why there is none. Of one that is fetched `auth` is JSON, to be sealed (attachment-auth.ts). */
export function readAttachment(given: Given): InlineAttachment | RemoteAttachment | string {
  if (isGiven(given.fetch_mode)) return readAs(given.fetch_mode, given);
  const { storage_path } = given;
  // As older clients write what the endpoint is asked for; in brackets, of a server that no tenant's admin has named.
  if (storage_path.startsWith("@[")) return "storage_path must not name a server in brackets; its URL is an http_url";
  const unmarked = storage_path.startsWith("@") ? storage_path.slice(1) : storage_path;
  return readAs(inferredMode(storage_path), { ...given, storage_path: unmarked });
}

function readAs(mode: (typeof FETCH_MODES)[number], given: Given): InlineAttachment | RemoteAttachment | string {
  const { filename, marked } = withoutMarker(given.filename);
  if (filename === "") return "filename has nothing beside its marker";
  const promised = [given.content_md5, marked].filter((hash) => typeof hash === "string");
  const [md5, other = md5] = promised.map((hash) => hash.toLowerCase());
  if (md5 !== other) return "content_md5 and the marker in filename differ";
  const described = {
    filename,
    mime_type: given.mime_type ?? undefined,
    content_id: given.content_id ?? undefined,
    disposition: given.disposition ?? undefined,
  };
  if (mode !== "base64") return remote(given, mode, { ...described, content_md5: md5 });
  if (isGiven(given.auth)) return "auth belongs to what is fetched over HTTP";
  const path = given.storage_path;
  const content = base64(path.startsWith(PREFIX) ? path.slice(PREFIX.length) : path);
  if (content === undefined) return "storage_path is not base64";
  if (md5 !== undefined && md5Of(content) !== md5) return "the content has another MD5 than promised";
  return { ...described, content };
}

type RemoteMode = RemoteAttachment["fetch_mode"];

function remote(
  { storage_path, auth: given }: Given,
  fetch_mode: RemoteMode,
  described: Omit<RemoteAttachment, "fetch_mode" | "storage_path">,
): RemoteAttachment | string {
  const fault = pathFault(storage_path, fetch_mode);
  if (fault !== undefined) return `storage_path ${fault}`;
  const isOverHttp = fetch_mode === "http_url" || fetch_mode === "endpoint";
  if (isGiven(given) && !isOverHttp) return "auth belongs to what is fetched over HTTP";
  return { ...described, fetch_mode, storage_path, auth: isGiven(given) ? JSON.stringify(given) : undefined };
}

/** What can be known of it before it is fetched. */
function pathFault(path: string, mode: RemoteMode): string | undefined {
  if (path === "") return "must not be empty";
  if (path.length > LONGEST_PATH) return `must have at most ${LONGEST_PATH} characters`;
  if (path.includes("\0")) return "must not hold a NUL";
  if (mode === "storage") return IN_STORE.test(path) ? undefined : "must be NAME:path";
  return mode === "http_url" ? urlFault(path) : undefined;
}

/** Where it may lead is held against what is public when it is called. */
function urlFault(text: string): string | undefined {
  const url = urlIn(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "must be an http or https URL";
  return url.username === "" && url.password === "" ? undefined : "must hold no credentials; they belong into auth";
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function inferredMode(path: string): (typeof FETCH_MODES)[number] {
  if (path.startsWith(PREFIX)) return "base64";
  if (/^https?:\/\//i.test(path)) return "http_url";
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

/** `{MD5:hash}` in a file name tells its content, never the recipient; a hash that was cut short tells nothing. */
function withoutMarker(given: string): { filename: string; marked: string | undefined } {
  const [marker, marked = ""] = /\s*\{MD5:([0-9a-f]*)\}/i.exec(given) ?? [];
  return {
    filename: marker === undefined ? given : given.replace(marker, "").trim(),
    marked: MD5.test(marked) ? marked : undefined,
  };
}

function md5Of(content: string): string {
  return bytesToHex(md5(Uint8Array.from(atob(content), (character) => character.charCodeAt(0))));
}
