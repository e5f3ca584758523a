/** How addresses are held against each other: a suppressed one with a recipient, a bounced one with those of its message. */
import { asciiAddress } from "./addr-spec.ts";

const QUOTED = /^"(.*)"$/s;
/** RFC 5321 4.1.2, without the quotes. */
const NEEDS_NO_QUOTES = /^[^\s"(),.:;<>@[\\\]\p{Cc}]+(?:\.[^\s"(),.:;<>@[\\\]\p{Cc}]+)*$/u;

/**
 * The address in lower case, its domain in A-labels, its local part without quotes that say nothing. RFC 5321 2.4 leaves
 * the case of a local part to its server, but no server in use tells two mailboxes apart by it, and reports come back in
 * any. What stands behind a `+` is left as it is: whose mailbox that is, only its server knows. Throws AddressError.
 */
export function comparable(address: string): string {
  return withoutNeedlessQuotes(asciiAddress(address)).toLowerCase();
}

/** The same for what somebody else has written, which may be no address at all. */
export function comparableOrNothing(address: string): string | undefined {
  try {
    return comparable(address);
  } catch {
    return undefined;
  }
}

/** How a suppression list has an address: what is compared, and where that is something else, how it was written. */
export function listed(address: string): { address: string; spelled: string | null } {
  const written = address.toLowerCase();
  const compared = comparableOrNothing(address) ?? written;
  return { address: compared, spelled: compared === written ? null : written };
}

/** RFC 5321 4.1.2: quotes and backslashes that are not needed do not make another mailbox. */
function withoutNeedlessQuotes(address: string): string {
  if (!address.startsWith('"')) return address;
  const at = address.lastIndexOf("@");
  const local = QUOTED.exec(address.slice(0, at))?.[1]?.replace(/\\(.)/gs, "$1") ?? "";
  const shortest = NEEDS_NO_QUOTES.test(local) ? local : `"${local.replace(/["\\]/g, "\\$&")}"`;
  return shortest + address.slice(at);
}
