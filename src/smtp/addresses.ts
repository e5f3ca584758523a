/** Addresses as SMTP commands carry them: nothing that could end or extend the command, and ASCII where it must be. */
import { urlIn } from "../url.ts";

/** RFC 5321 4.5.3.1: a local part of 64 octets, an at sign, a domain of 255. */
const MAX_ADDRESS = 320;
/** Control characters, spaces and angle brackets end an address or the line it stands on. */
const UNSAFE = /[\x00-\x20\x7f-\xa0<>\u2028\u2029]/;
/** What would make a URL read the domain as something else. */
const NOT_IN_A_HOST = /[/\\?#@:%[\]]/;
const NON_ASCII = /[^\x00-\x7f]/;

export function isAscii(text: string): boolean {
  return !NON_ASCII.test(text);
}

/** Whether an address may be written into a command at all. */
export function isSafeAddress(address: string): boolean {
  const at = address.lastIndexOf("@");
  return at > 0 && at < address.length - 1 && address.length <= MAX_ADDRESS && !UNSAFE.test(address);
}

/** The address for a server without SMTPUTF8: its domain as A-labels (RFC 5891); undefined if its local part is not ASCII. */
export function asciiAddress(address: string): string | undefined {
  if (isAscii(address)) return address;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (!isAscii(local) || NOT_IN_A_HOST.test(domain)) return undefined;
  const url = urlIn(`http://${domain}`);
  return url && `${local}@${url.hostname}`;
}

/** RFC 3461 4: printable ASCII but "+" and "=" as it is, the rest as "+" and two hex digits. */
export function xtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/g, (character) => `+${hex(character).padStart(2, "0")}`);
}

/** RFC 3461 4.2: the recipient as the sender wrote it; RFC 6533 3 where that is not ASCII. */
export function originalRecipient(address: string): string {
  if (isAscii(address)) return `rfc822;${xtext(address)}`;
  return `utf-8;${address.replace(/[^!-*,-<>-[\]-~]/gu, (character) => `\\x{${hex(character)}}`)}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
