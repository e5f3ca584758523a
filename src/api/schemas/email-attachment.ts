/** An attachment as the clients of the email API send it: its content, or the URL that it is fetched from. */
import { encodeBase64 } from "hono/utils/encode";
import * as v from "valibot";
import type { InlineAttachment, RemoteAttachment } from "../../queue/message.ts";
import { urlIn } from "../../url.ts";
import { Attachment, readAttachment } from "./attachment.ts";
import { line, object } from "./values.ts";

/** A file whose name nobody says. */
const UNNAMED = "attachment";

/** What JSON makes of a Buffer, which older clients send as it is. */
const buffer = object({
  type: v.literal("Buffer"),
  data: v.custom<number[]>(
    (given) => Array.isArray(given) && given.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255),
    "must be an array of bytes",
  ),
});

const { mime_type: content_type, content_id } = Attachment.entries;

export const EmailAttachment = v.pipe(
  v.strictObject({
    filename: v.nullish(v.union([line(255), v.literal(false)])),
    content: v.nullish(v.union([v.string(), buffer], "must be text in base64")),
    path: v.nullish(v.string()),
    content_type,
    content_id,
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): InlineAttachment | RemoteAttachment => {
    const read = asStored(value);
    if (typeof read !== "string") return read;
    addIssue({ message: read });
    return NEVER;
  }),
);

interface Given {
  filename?: string | false | null | undefined;
  content?: string | { data: number[] } | null | undefined;
  path?: string | null | undefined;
  content_type?: string | null | undefined;
  content_id?: string | null | undefined;
}

/** As a message keeps it, or why it cannot. */
function asStored({ filename, content, path, content_type: mime_type, content_id }: Given) {
  const isInline = content !== undefined && content !== null;
  const isRemote = path !== undefined && path !== null;
  if (isInline && isRemote) return "content and path exclude each other";
  if (!isInline && !isRemote) return "content or path: is required";
  const described = { filename: filename || nameIn(path ?? ""), mime_type, content_id };
  const read = isInline
    ? readAttachment({ ...described, storage_path: inBase64(content), fetch_mode: "base64" })
    : readAttachment({ ...described, storage_path: path ?? "", fetch_mode: "http_url" });
  return typeof read === "string" ? read.replace(/^storage_path/, isInline ? "content" : "path") : read;
}

function inBase64(content: string | { data: number[] }): string {
  return typeof content === "string" ? content : encodeBase64(Uint8Array.from(content.data).buffer);
}

/** The last part of a URL's path, as people would read it. */
function nameIn(url: string): string {
  const last = urlIn(url)?.pathname.split("/").at(-1) ?? "";
  const name = v.safeParse(line(255), decoded(last));
  return name.success ? name.output : UNNAMED;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
