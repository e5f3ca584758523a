/** What stands in a message for the large files that were taken out of it: pure, so that every attempt writes the same. */

export interface LinkedFile {
  filename: string;
  size: number;
  url: string;
  /** Unix milliseconds; null: for ever. */
  until: number | null;
}

export interface Texts {
  text?: string | undefined;
  html?: string | undefined;
}

const HEADING = "Large attachments to download:";

/** The bodies with the links at their end, each in its own way; a message without a body gets a plain one. */
export function withLinks({ text, html }: Texts, files: readonly LinkedFile[]): Texts {
  if (files.length === 0) return { text, html };
  const neither = text === undefined && html === undefined;
  return {
    text: text === undefined && !neither ? undefined : appended(text ?? "", plainList(files)),
    html: html === undefined ? undefined : inserted(html, htmlList(files)),
  };
}

function plainList(files: readonly LinkedFile[]): string {
  const entries = files.map((file) => `${file.filename} (${details(file)})\n${file.url}\n`);
  return `${HEADING}\n\n${entries.join("\n")}`;
}

function appended(text: string, list: string): string {
  return text.trim() === "" ? list : `${text.trimEnd()}\n\n${list}`;
}

function htmlList(files: readonly LinkedFile[]): string {
  const entries = files.map(
    (file) => `<li><a href="${escaped(file.url)}">${escaped(file.filename)}</a> (${details(file)})</li>`,
  );
  return `<div><p>${HEADING}</p><ul>${entries.join("")}</ul></div>`;
}

/** Before what closes the body, where something does. */
function inserted(html: string, list: string): string {
  const end = [...html.matchAll(/<\/body\s*>/gi)].at(-1) ?? [...html.matchAll(/<\/html\s*>/gi)].at(-1);
  return end === undefined ? html + list : html.slice(0, end.index) + list + html.slice(end.index);
}

function details({ size, until }: LinkedFile): string {
  return until === null
    ? sizeInWords(size)
    : `${sizeInWords(size)}, until ${new Date(until).toISOString().slice(0, 10)}`;
}

/** `12.3 MB`, as people who read mail count. */
export function sizeInWords(bytes: number): string {
  const megabytes = bytes / (1024 * 1024);
  return megabytes < 0.1 ? `${Math.ceil(bytes / 1024)} KB` : `${megabytes.toFixed(1)} MB`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
