/** What a message says, for whoever looks at it (`include=preview`): small, however large the message is. */
import { decodeBase64 } from "hono/utils/encode";
import { parseLeaves } from "../bounces/read/leaves.ts";
import { type Preview, type ShownFile, TEXT_SHOWN, type Text } from "../queue/preview.ts";

/** In the field names of the API. */
export async function previewView({ said, size, text, html, files, raw }: Preview): Promise<Record<string, unknown>> {
  const { headers = {}, ...rest } = said;
  const own = { text, html, files, headers: Object.entries(headers).map(([name, value]) => ({ name, value })) };
  const read = raw === null ? own : await readRaw(raw);
  return {
    ...rest,
    headers: read.headers,
    size,
    ready_made: raw !== null,
    text: read.text?.text ?? null,
    html: read.html?.text ?? null,
    text_whole: read.text?.isWhole ?? true,
    html_whole: read.html?.isWhole ?? true,
    attachments: read.files,
  };
}

type Read = Pick<Preview, "text" | "html" | "files"> & { headers: { name: string; value: string }[] };

/** Of a long mail the beginning is read, where its texts stand; nothing of one that the parser takes for an attack. */
async function readRaw({ base64, isWhole }: NonNullable<Preview["raw"]>): Promise<Read> {
  const leaves = await parseLeaves(decodeBase64(base64));
  if (leaves === undefined) return { text: null, html: null, files: [], headers: [] };
  const { email, plain, html } = leaves;
  const last = email.attachments.length - 1;
  return {
    headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    text: cut(plain[0], isWhole),
    html: cut(html[0], isWhole),
    files: email.attachments.map(({ filename, mimeType, disposition, contentId, content }, at): ShownFile => {
      const size = content instanceof ArrayBuffer || ArrayBuffer.isView(content) ? content.byteLength : null;
      return {
        filename: filename ?? "",
        mime_type: mimeType,
        content_id: contentId ?? null,
        disposition: disposition === "inline" ? "inline" : "attachment",
        size: isWhole || at < last ? size : null,
        fetch_mode: null,
        storage_path: null,
      };
    }),
  };
}

/** Where the mail is longer than what was read of it, nobody knows whether the text was. */
function cut(text: string | undefined, isWhole: boolean): Text | null {
  if (text === undefined) return null;
  return { text: text.slice(0, TEXT_SHOWN), isWhole: isWhole && text.length <= TEXT_SHOWN };
}
