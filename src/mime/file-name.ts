/** The names of attachments: made safe to save under, to plain ASCII where an account wants that, and read for a media type. */
import { getMimeType, mimes } from "hono/utils/mime";

/** What business mail carries and hono's table of web types lacks. Without a prototype: `a.constructor` is a file name. */
const MEDIA_TYPES: Record<string, string> = Object.assign(Object.create(null), mimes, {
  "7z": "application/x-7z-compressed",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  eml: "message/rfc822",
  heic: "image/heic",
  log: "text/plain; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  msg: "application/vnd.ms-outlook",
  odp: "application/vnd.oasis.opendocument.presentation",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odt: "application/vnd.oasis.opendocument.text",
  p7m: "application/pkcs7-mime",
  p7s: "application/pkcs7-signature",
  ppt: "application/vnd.ms-powerpoint",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  rar: "application/vnd.rar",
  tar: "application/x-tar",
  ts: "text/plain; charset=utf-8",
  vcf: "text/vcard; charset=utf-8",
  wav: "audio/wav",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
});

/** Letters that are not an ASCII letter with a mark, so that decomposing them gives nothing. */
const LETTERS: Record<string, string> = {
  ß: "ss",
  ẞ: "SS",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "o",
  Ø: "O",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  þ: "th",
  Þ: "Th",
  ł: "l",
  Ł: "L",
  ı: "i",
  "€": "EUR",
  "‘": "'",
  "’": "'",
  "“": "'",
  "”": "'",
  "–": "-",
  "—": "-",
};

/** The media type by the extension, or what RFC 2046 4.5.1 gives for unknown data. */
export function mediaTypeOf(fileName: string): string {
  return getMimeType(fileName, MEDIA_TYPES) ?? "application/octet-stream";
}

/** The name without what a file system reads as something else: path separators, controls, a name of dots alone. */
export function safeFileName(name: string): string {
  const safe = name.replace(/[/\\\p{Cc}]/gu, "_").trim();
  return /^\.*$/.test(safe) ? "attachment" : safe;
}

/** The name in plain ASCII: marks are dropped, letters of other scripts become underscores. */
export function asciiFileName(name: string): string {
  const letters = name.replace(/[^\0-\x7f]/gu, (letter) => LETTERS[letter] ?? letter);
  return letters
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\0-\x7f]/gu, "_");
}
