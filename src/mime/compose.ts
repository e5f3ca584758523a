/**
 * Composes a mail into RFC 5322 bytes, the same bytes each time:
 * 1. the header, each field checked against injection, encoded and folded;
 * 2. the texts, each in the smallest encoding that is safe;
 * 3. the attachments, beside the HTML that shows them or after the texts;
 * 4. one array of bytes: CRLF only, no line over 998 octets.
 */
import { bodyEntity } from "./body.ts";
import type { Mail } from "./mail.ts";
import { headerFields } from "./mail-header.ts";
import { type Chunk, concatenate } from "./multipart.ts";

export { ComposeError } from "./compose-error.ts";
export type { Mail, Part } from "./mail.ts";

export interface Composed {
  bytes: Uint8Array;
  /** The header holds raw UTF-8 (RFC 6532), since a local part is not ASCII: the server must offer SMTPUTF8. */
  utf8: boolean;
}

/** Throws ComposeError where no correct message can be made of the mail. */
export function compose(mail: Mail): Composed {
  const fields = headerFields(mail);
  const { fields: structure, body } = bodyEntity(mail);
  const chunks = [`${fields}${structure}\r\n`, ...body, endsLine(body.at(-1)) ? "" : "\r\n"];
  return { bytes: concatenate(chunks), utf8: /[^\0-\x7f]/.test(fields) };
}

/** Of an empty body too: the empty line after the header ended the line already. */
function endsLine(last: Chunk | undefined): boolean {
  if (last === undefined) return true;
  if (typeof last !== "string" && "base64" in last) return last.base64.length === 0;
  if (last.length === 0) return true;
  return typeof last === "string" ? last.endsWith("\r\n") : last.at(-1) === 0x0a;
}
