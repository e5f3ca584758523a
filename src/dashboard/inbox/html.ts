/** A mail's HTML with the pictures that it brings itself: a frame without an origin can ask for none. */
import { encodeBase64 } from "hono/utils/encode";
import type { InboxMail } from "../../client/types.ts";

type Mail = InboxMail["message"];

/** What a browser shows as a picture, and never as a document. */
const PICTURE = /^image\/[\w.+-]+$/;

/** In characters: a mail that shows one picture a thousand times is not to take all memory. */
const MOST_PICTURED = 32 * 1024 * 1024;

export async function withPictures(
  { html, attachments }: Pick<Mail, "html" | "attachments">,
  content: (position: number) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let shown = html ?? "";
  let left = MOST_PICTURED;
  for (const [position, { content_id, mime_type }] of attachments.entries()) {
    // RFC 2392: cid: names a part of the same mail by its Content-ID, without the brackets
    const name = content_id?.replace(/^<|>$/g, "");
    if (!name || !PICTURE.test(mime_type) || !shown.includes(`cid:${name}`)) continue;
    const { buffer } = await content(position);
    const picture = `data:${mime_type};base64,${encodeBase64(buffer)}`;
    const parts = shown.split(`cid:${name}`);
    const length = (parts.length - 1) * picture.length;
    if (length > left) continue;
    left -= length;
    shown = parts.join(picture);
  }
  return shown;
}
