/** Attachments whose content came with the message, and what of an attachment the rule for large files looks at. */
import { decodeBase64 } from "hono/utils/encode";
import { getMimeType } from "hono/utils/mime";
import type { Attachment, Content, InlineFile } from "./content.ts";
import type { FetchedFile } from "./large.ts";

/** Smaller ones (in characters of base64) are large by nobody's rule: a message that has no others is not held up. */
const LOOKED_AT = 64 * 1024;

export function isLooked({ content }: InlineFile): boolean {
  return content.length > LOOKED_AT;
}

/** Whether something is to be brought or decided before the message can be composed. */
export function needsPreparation(attachments: readonly Attachment[] | undefined): boolean {
  return attachments?.some((file) => !("content" in file) || isLooked(file)) ?? false;
}

export function decodedInline({ content, mime_type }: InlineFile): Content {
  return { bytes: decodeBase64(content), mimeType: mime_type };
}

export function largeFile(
  { filename, disposition, content_id }: Attachment,
  { bytes, mimeType }: Content,
): FetchedFile {
  return {
    filename,
    bytes,
    mimeType: mimeType ?? getMimeType(filename) ?? "application/octet-stream",
    inline: disposition === "inline" || content_id !== undefined,
  };
}
