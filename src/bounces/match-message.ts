/**
 * Which message a notice speaks of, and whether to believe it: pure, so that every case is a line in a table.
 *
 * What names a message by its pk is strong: 74 of its bits are random, and only who has the mail, or passed it on, knows
 * them. What an application has chosen itself, its id or a Message-ID, is weak, since others may guess it. A signed mark
 * (mark.ts) in the address that the notice came to is known to the servers on the way alone, so one that is none of ours,
 * or of another message, spoils the rest.
 */
import { bareMessageId } from "../db/message-ids.ts";
import { isMarking } from "./mark.ts";
import type { Candidate, Found } from "./match.ts";
import type { Original } from "./notice.ts";

/** Why nothing comes of a notice; `foreign` is for the log alone, whoever brought it hears `no such message`. */
export type Disbelief = "names no message" | "no such message" | "foreign" | "forged" | "not signed" | "ambiguous";

/** What the addresses that the notice came to say: the pk of one mark, or that some mark is none of ours. */
export type Marked = string | "forged" | undefined;

/** `isSure`: it was named by what nobody guesses. */
export type Meant = { message: Candidate; isSure: boolean } | { disbelief: Disbelief };

/** RFC 5322 3.6.4: the left side of the Message-IDs that this proxy makes is the pk (dispatch/letter.ts). */
const OWN_MESSAGE_ID = /^<([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})@[^<>\s]+>$/i;

/** `References` may name a whole thread. */
const MOST_MESSAGE_IDS = 50;

/** Every pk that the notice may mean, the one that it names as such first. */
export function pksOf({ pk, envelopeId, messageIds }: Original): string[] {
  const own = messageIds.slice(0, MOST_MESSAGE_IDS).flatMap((id) => OWN_MESSAGE_ID.exec(id)?.[1] ?? []);
  const all = [pk, envelopeId, ...own].filter((one) => one !== undefined);
  return [...new Set(all.map((one) => one.trim().toLowerCase()))];
}

/** Message-IDs that are none of ours, without their brackets: an application may have chosen one of them. */
export function chosenIds({ messageIds }: Original): string[] {
  const others = messageIds.slice(0, MOST_MESSAGE_IDS).filter((id) => !OWN_MESSAGE_ID.test(id));
  return [...new Set(others.map(bareMessageId))].filter((id) => id !== "");
}

/** Where a notice comes from. */
export interface Provenance {
  /** Only this tenant's messages are meant; undefined: anybody's. */
  tenantId: string | undefined;
  /** A receipt out of its own mailbox: such come to the sender of certified mail, which never has a mark. */
  isOwnReceipt: boolean;
}

export function meant(original: Original, marked: Marked, found: Found, { tenantId, isOwnReceipt }: Provenance): Meant {
  const pk = namedPk(original, marked, found.byPk);
  if (pk === "forged") return { disbelief: "forged" };
  if (pk !== undefined) {
    const message = found.byPk.find((one) => one.pk === pk);
    if (message === undefined) return { disbelief: "no such message" };
    const isForeign = tenantId !== undefined && message.tenantId !== tenantId;
    return isForeign ? { disbelief: "foreign" } : { message, isSure: true };
  }
  if (original.id === undefined && chosenIds(original).length === 0) return { disbelief: "names no message" };
  // Mail that went out with marks comes back with them, unless somebody made it up.
  if (!isOwnReceipt && found.returnPath !== undefined && isMarking(found.returnPath))
    return { disbelief: "not signed" };
  const [message, another] = found.byId;
  if (message === undefined) return { disbelief: "no such message" };
  return another === undefined ? { message, isSure: false } : { disbelief: "ambiguous" };
}

/** Envelope ids and Message-IDs that look like ours may be somebody else's: those count where there is such a message. */
function namedPk(original: Original, marked: Marked, there: readonly Candidate[]): string | undefined {
  if (marked === "forged") return marked;
  const pks = pksOf(original);
  const named = original.pk === undefined ? pks.filter((pk) => there.some((one) => one.pk === pk)) : pks.slice(0, 1);
  if (marked === undefined || named.length === 0) return marked ?? named[0];
  return named.includes(marked) ? marked : "forged";
}
