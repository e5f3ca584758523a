/** Lists of who may be a sender, addresses and whole domains (`@example.com`), and whether an address is on one: pure. */
import { comparable, comparableOrNothing } from "./comparable.ts";

/** RFC 5321 4.5.1: a local part that every domain has, to read a domain by. */
const ANYBODY = "postmaster";

/** As it is kept and compared. A domain stands for itself alone, not for those below it. Throws AddressError. */
export function senderRule(text: string): string {
  return text.startsWith("@") ? comparable(ANYBODY + text).slice(ANYBODY.length) : comparable(text);
}

/** Whether the rules, as `senderRule` writes them, name the address; what is no address is named by none. */
export function isAmong(rules: readonly string[], address: string): boolean {
  const sender = comparableOrNothing(address);
  if (sender === undefined) return false;
  return rules.includes(sender) || rules.includes(sender.slice(sender.lastIndexOf("@")));
}
