/** The Message-ID of a mail that brings none of its own (RFC 5322 3.6.4): its number in this proxy, at the domain of its author. */
import { asciiAddress } from "../addresses/addr-spec.ts";
import { parseMailbox } from "./address.ts";

/** In angle brackets; `from` is a mailbox as it is written. Throws AddressError where it is none. */
export function ownMessageId(pk: string, from: string): string {
  return `<${pk}@${asciiAddress(parseMailbox(from).address).split("@").at(-1)}>`;
}
