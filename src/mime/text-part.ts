/** The text and HTML bodies of a mail: line ends put right, and the encoding chosen by what is safe and then by size. */
import { base64 } from "./base64.ts";
import type { Entity } from "./multipart.ts";
import { quotedPrintable, quotedPrintableSize } from "./quoted-printable.ts";

/** RFC 5322 2.1.1: lines should be at most 78 characters; longer ones are wrapped by an encoding. */
const LINE = 78;

const encoder = new TextEncoder();

export function textPart(subtype: "plain" | "html", text: string): Entity {
  const type = `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  const canonical = withCrlf(text);
  if (survivesUnencoded(canonical)) return { fields: `${type}7bit\r\n`, body: [canonical] };
  const bytes = encoder.encode(canonical);
  if (quotedPrintableSize(bytes) <= (bytes.length * 4) / 3)
    return { fields: `${type}quoted-printable\r\n`, body: [quotedPrintable(bytes)] };
  return { fields: `${type}base64\r\n`, body: [base64(bytes)] };
}

/** RFC 2046 4.1.1: a line break in text is CRLF, whatever the application wrote. */
export function withCrlf(text: string): string {
  if (!text.includes("\r")) return text.replaceAll("\n", "\r\n");
  return text.replace(/\r\n?|\n/g, "\r\n");
}

/** Whether text can go as it is: 7bit by RFC 2045 2.7, and nothing in it that RFC 2049 3 says is changed on the way. */
function survivesUnencoded(text: string): boolean {
  if (/[^\t\r\n -~]/.test(text)) return false;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\r\n", start);
    const end = found === -1 ? text.length : found;
    if (end - start > LINE) return false;
    if (end > start && isChangedOnTheWay(text, start, end)) return false;
    start = end + 2;
  }
  return true;
}

/** White space at the end of a line gets cut, `From ` at its start grows a `>`, and a lone dot ends the mail. */
function isChangedOnTheWay(text: string, start: number, end: number): boolean {
  const last = text.charCodeAt(end - 1);
  if (last === 0x20 || last === 0x09) return true;
  return text.startsWith("From ", start) || (end === start + 1 && text[start] === ".");
}
