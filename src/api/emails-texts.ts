/** What an email says, also where it came as a ready-made mail: its texts as they are shown, and as insights look at them. */
import { decodeBase64 } from "hono/utils/encode";
import { parseLeaves } from "../bounces/read/leaves.ts";
import type { WholeEmail } from "../queue/emails.ts";
import type { Draft } from "./emails-insights.ts";

/** RFC 5322 2.2, and 4.5.3: once there could be white space before the colon. */
const FIELD_NAME = /^([!-9;-~]+)[ \t]*:/gm;

const decoder = new TextDecoder();

type Texts = Pick<WholeEmail, "html" | "text">;

/** Null where there are none, and where nobody has read them: a ready-made mail that is long, or nested like no honest one. */
export async function textsOf({ html, text, raw }: WholeEmail): Promise<Texts> {
  if (raw === null) return { html, text };
  const leaves = raw.isWhole ? await parseLeaves(decodeBase64(raw.base64)) : undefined;
  return { html: leaves?.html[0] ?? null, text: leaves?.plain[0] ?? null };
}

export async function draftOf(email: WholeEmail): Promise<Draft> {
  const { raw, said, subject, files, size, fromAddress, user } = email;
  const texts = await textsOf(email);
  return {
    from: said.from,
    to: said.to,
    subject,
    ...texts,
    knowsTexts: raw === null || texts.html !== null || texts.text !== null,
    headers: raw === null ? Object.keys(said.headers ?? {}) : fieldNames(decodeBase64(raw.base64)),
    hasUnsubscribeLink: said.list_unsubscribe !== undefined,
    files,
    size,
    accountAddresses: [fromAddress, user],
  };
}

function fieldNames(mail: Uint8Array): string[] {
  const [header = ""] = decoder.decode(mail).split("\r\n\r\n", 1);
  return [...header.matchAll(FIELD_NAME)].map(([, name = ""]) => name);
}
