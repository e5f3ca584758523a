/** `Content-Disposition` for a download: always saved, never shown in the browser. */

/** RFC 6266 4.3 with both names: old programs read the plain one, all others the UTF-8 one of RFC 8187. */
export function attachmentDisposition(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/gu, "_");
  const disposition = `attachment; filename="${plain}"`;
  return plain === filename ? disposition : `${disposition}; filename*=UTF-8''${extended(filename)}`;
}

/** RFC 8187 3.2.1: what is no attr-char is percent-encoded; half a surrogate pair has no UTF-8. */
function extended(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded.replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
