/** The bare address, local part and domain (RFC 5321 4.1.2): whether it is correct, and what travels over SMTP for it. */
import { urlIn } from "../url.ts";

/** A text that is not an address; the message says why, for a person. */
export class AddressError extends Error {
  override readonly name = "AddressError";

  constructor(text: string, why: string) {
    super(`${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)}: ${why}`);
  }
}

/** What nearly every address looks like; the rest takes the long way. */
const PLAIN = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z]{2,63}$/i;
/** RFC 5321 4.5.3.1.3 gives a path 256 octets, and two of them are the angle brackets. */
const LONGEST = 254;
const LONGEST_LABEL = 63;

const DOT_ATOM = /^[\w!#$%&'*+/=?^`{|}~\x80-\u{10ffff}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\x80-\u{10ffff}-]+)*$/u;
const QUOTED_STRING = /^"(?:[ !#-[\]-~\x80-\u{10ffff}]|\\[ -~])*"$/u;
/** Code points that no mailbox has and that hide something: controls, lone surrogates, separators. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const LABEL = /^[a-z\d](?:[a-z\d-]*[a-z\d])?$/i;
const IPV4_LITERAL = /^\[(\d{1,3}(?:\.\d{1,3}){3})\]$/;
const IPV6_LITERAL = /^\[IPv6:([\da-f:.]+)\]$/i;
const NON_ASCII = /[^\0-\x7f]/;

const encoder = new TextEncoder();

/** Refuses what is not an address; `address` is local@domain, without a name or angle brackets. */
export function checkAddress(address: string): void {
  asciiAddress(address);
}

/**
 * The address with its domain in A-labels (RFC 5890), as SMTP and header fields carry it; the local part is never
 * touched, since it means only what its own server says. Throws AddressError.
 */
export function asciiAddress(address: string): string {
  if (address.length > LONGEST) throw new AddressError(address, `is over ${LONGEST} octets`);
  if (PLAIN.test(address) && !hasLongLabel(address)) return address;
  const at = address.lastIndexOf("@");
  if (at === -1) throw new AddressError(address, "is not an address, an @ is missing");
  checkLocalPart(address, address.slice(0, at));
  const ascii = address.slice(0, at + 1) + asciiDomain(address, address.slice(at + 1));
  if (encoder.encode(ascii).length > LONGEST) throw new AddressError(address, `is over ${LONGEST} octets`);
  return ascii;
}

/** Whether the local part is not ASCII, so that only a server that offers SMTPUTF8 can take it (RFC 6531 3.2). */
export function needsUtf8(address: string): boolean {
  return NON_ASCII.test(address.slice(0, address.lastIndexOf("@")));
}

function checkLocalPart(address: string, local: string): void {
  if (local === "") throw new AddressError(address, "nothing stands before the @");
  if (HIDDEN.test(local)) throw new AddressError(address, "holds a control character or odd white space");
  if (DOT_ATOM.test(local) || QUOTED_STRING.test(local)) return;
  throw new AddressError(address, "what stands before the @ is not allowed unless in quotes");
}

function asciiDomain(address: string, domain: string): string {
  if (domain === "") throw new AddressError(address, "the domain is missing");
  if (domain.startsWith("[")) return checkedLiteral(address, domain);
  const ascii = NON_ASCII.test(domain) ? toALabels(address, domain) : domain;
  const labels = ascii.split(".");
  if (!labels.every((label) => LABEL.test(label) && label.length <= LONGEST_LABEL))
    throw new AddressError(address, "the domain is not a domain name");
  if (/^\d+$/.test(labels.at(-1) ?? "")) throw new AddressError(address, "an IP address as domain stands in brackets");
  return ascii;
}

/** IDNA by way of the URL parser (UTS 46), which every runtime has. */
function toALabels(address: string, domain: string): string {
  // What ends a host in a URL, escapes in it or is dropped from it would be read as something other than the domain.
  if (HIDDEN.test(domain) || /[\s/\\?#@:%[\]]/.test(domain))
    throw new AddressError(address, "the domain is not a domain name");
  const url = urlIn(`http://${domain}`);
  if (url === undefined || url.hostname === "") throw new AddressError(address, "the domain is not a domain name");
  return url.hostname;
}

/** RFC 5321 4.1.3: an address literal names a host by its IP address, which the URL parser knows to read. */
function checkedLiteral(address: string, literal: string): string {
  const ipv6 = IPV6_LITERAL.exec(literal)?.[1];
  const host = ipv6 === undefined ? IPV4_LITERAL.exec(literal)?.[1] : `[${ipv6}]`;
  if (host !== undefined && urlIn(`http://${host}`) !== undefined) return literal;
  throw new AddressError(address, "the domain in brackets is not an IP address");
}

function hasLongLabel(address: string): boolean {
  if (address.length <= LONGEST_LABEL) return false;
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return domain.split(".").some((label) => label.length > LONGEST_LABEL);
}
