/** Which recipient of a message is spoken of, and whether anything can be heard of it yet: pure. */
import { comparableOrNothing } from "../addresses/comparable.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import type { Candidate } from "./match.ts";

export type Unheard = "not a recipient" | "was not sent to";

/** Finds out which recipient of a message is meant: by all the names that a notice has for it, the likeliest first. */
export type RecipientFinder = (names: readonly (string | undefined)[]) => StoredRecipient | Unheard;

/**
 * Mail that was forwarded comes back from somebody whom the message does not know: that is its only recipient's, where it
 * is sure that the message is meant (`isSure`).
 */
export function recipientFinder(message: Candidate, isSure: boolean): RecipientFinder {
  const known = new Map(message.recipients.map((recipient) => [comparableOrNothing(recipient[1]), recipient]));
  const [only, another] = message.recipients;
  const fallback = isSure && another === undefined ? only : undefined;
  return (names) => {
    const compared = names.map((name) => (name === undefined ? undefined : comparableOrNothing(name)));
    const name = compared.find((one) => one !== undefined && known.has(one));
    const recipient = name === undefined ? fallback : known.get(name);
    if (recipient === undefined) return "not a recipient";
    return wasHandedOver(message, recipient) ? recipient : "was not sent to";
  };
}

/** Whether somebody has the message, so that there is something to be heard of it as a whole. */
export function wasSent(message: Candidate): boolean {
  return message.recipients.some((recipient) => wasHandedOver(message, recipient));
}

/** A server has it, or may have: what becomes of an attempt is written down a moment later, or nobody knows. */
function wasHandedOver({ state, outcomeUnknown }: Candidate, [, , status = "pending"]: StoredRecipient): boolean {
  return status === "sent" || outcomeUnknown || (state === "sending" && status === "pending");
}
