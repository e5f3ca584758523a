/** Whether an account may send in somebody's name: by its own list of senders and by its tenant's, of which both hold. */
import { isAmong } from "../addresses/senders.ts";
import type { KnownAccount } from "../tenancy/resolve.ts";

const NOT_ALLOWED = " is no allowed sender of ";

/** Why it may not, in the words of a rejection; the null sender (RFC 5321 4.5.5) is nobody's name. */
export function senderFault(
  { id, tenantId, allowedSenders, tenantSenders }: KnownAccount,
  field: "from" | "return_path",
  address: string,
): string | undefined {
  if (address === "") return undefined;
  const refuses = (rules: readonly string[] | null) => rules !== null && !isAmong(rules, address);
  if (refuses(tenantSenders)) return `${field}: ${address}${NOT_ALLOWED}tenant ${tenantId}`;
  if (refuses(allowedSenders)) return `${field}: ${address}${NOT_ALLOWED}account ${id}`;
  return undefined;
}

/** Whether a rejection says so: SMTP has a code of its own for that. */
export function isSenderFault(words: string): boolean {
  return words.includes(NOT_ALLOWED);
}
