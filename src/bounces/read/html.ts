/** HTML as lines of plain text, for the bounces that have no other: only what a search for addresses and codes needs, in linear time. */

const BLOCK = /^\/?(?:p|br|div|h\d|li|ul|ol|tr|td|th|table|blockquote|pre|hr)\b/i;
/** What stands between these tags is no text. */
const SILENT = /^(?:style|script|title)\b/i;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos|nbsp));/gi;
const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };
const LAST_CODE_POINT = 0x10ffff;

export function textOfHtml(html: string): string {
  const [before = "", ...tags] = html.split("<");
  const text = [before];
  let silent = false;
  for (const tag of tags) {
    if (silent && !tag.startsWith("/")) continue;
    silent = SILENT.test(tag);
    if (BLOCK.test(tag)) text.push("\n");
    if (!silent) text.push(tag.slice(tag.indexOf(">") + 1));
  }
  return text.join("").replace(ENTITY, character);
}

function character(entity: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
  const codePoint = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10);
  return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint) : entity;
}
