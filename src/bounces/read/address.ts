/** Addresses as reports write them: with a type in front (RFC 3464 2.1.2), encoded, in brackets, or amid a text. */
import { LONGEST_LINE } from "./limits.ts";

const TYPE = /^\s*([\w-]{1,40})\s*;/;
const BRACKETED = /<([^<>\s]{1,320})>/;
/** An address in a text for people: no quoted local part, since quotes stand around addresses there. */
const IN_TEXT = /[^\s<>"'(),;:@[\]]{1,200}@[^\s<>"'(),;:@[\]]{1,254}/;
const IN_TEXT_ALL = new RegExp(IN_TEXT, "g");
/** RFC 6533 3: utf-8-addr-xtext. */
const EMBEDDED_UNICODE = /\\x\{([0-9a-f]{1,6})\}/gi;
/** RFC 3461 4: in xtext no plus and no equals sign stands for itself, and of the others few need it in an address. */
const XTEXT = /^(?:[^+=]|\+2B|\+3D)+$/;
const XTEXT_PLUS = /\+(2B|3D)/g;
const LAST_CODE_POINT = 0x10ffff;

/** The address in `rfc822; <local@domain>` and the like; nothing where there is none, as in X.400 or a local name. */
export function typedAddress(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const line = value.slice(0, LONGEST_LINE);
  const type = TYPE.exec(line);
  const text = (type === null ? line : line.slice(type[0].length)).trim();
  return bareAddress(type?.[1]?.toLowerCase() === "utf-8" ? withUnicode(text) : text);
}

/** The address of a text that is little else: brackets, quotes and comments are taken off. */
export function bareAddress(text: string): string | undefined {
  const line = text.slice(0, LONGEST_LINE).trim();
  const bare = BRACKETED.exec(line)?.[1] ?? (/^"[^"]*"@\S+$/.test(line) ? line : IN_TEXT.exec(line)?.[0]);
  return bare?.includes("@") ? decodedXtext(trimmed(bare)) : undefined;
}

/** All addresses in one line of a text for people. */
export function addressesIn(line: string): string[] {
  return [...line.slice(0, LONGEST_LINE).matchAll(IN_TEXT_ALL)].map(([address]) => trimmed(address));
}

/** Without the full stop of the sentence that it ends. */
function trimmed(address: string): string {
  return address.replace(/^mailto:/i, "").replace(/[.!?’]{1,3}$/, "");
}

function withUnicode(text: string): string {
  return text.replace(EMBEDDED_UNICODE, (escaped, hex: string) => {
    const codePoint = Number.parseInt(hex, 16);
    return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint).toWellFormed() : escaped;
  });
}

/** Servers differ in whether they decode ORCPT before they report it (RFC 3464 2.3.1 wants it decoded). */
function decodedXtext(address: string): string {
  if (!XTEXT.test(address)) return address;
  return address.replace(XTEXT_PLUS, (_, hex: string) => (hex === "2B" ? "+" : "="));
}
