/** Gathers what a notice is judged by: the messages that it names, and the mark in the address that it came to. */
import type { Database } from "../db/database.ts";
import type { Marks } from "./mark.ts";
import { type Found, lookUp } from "./match.ts";
import { chosenIds, type Marked, pksOf } from "./match-message.ts";
import type { Notice } from "./notice.ts";

/** Of the addresses that its header names, so many are looked at. */
const MOST_ADDRESSES = 20;

export interface Evidence {
  found: Found;
  marked: Marked;
}

const NOTHING: Evidence = { found: { byPk: [], byId: [], returnPath: undefined }, marked: undefined };

/** One round trip; two where nothing but its mark names the message. `recipient` is the envelope's, where it is known. */
export async function gatherEvidence(
  db: Database,
  marks: Marks,
  notice: Notice,
  { recipient, tenantId }: { recipient?: string | undefined; tenantId?: string | undefined },
): Promise<Evidence> {
  if (!("original" in notice)) return NOTHING;
  const { original } = notice;
  const wanted = { pks: pksOf(original), id: original.id, messageIds: chosenIds(original), tenantId };
  const found = await lookUp(db, wanted);
  const addresses = recipient === undefined ? notice.addressedTo : [recipient, ...notice.addressedTo];
  const marked = await markIn(marks, addresses, found.returnPath);
  if (marked === undefined || marked === "forged" || wanted.pks.includes(marked)) return { found, marked };
  return { found: await lookUp(db, { ...wanted, pks: [...wanted.pks, marked] }), marked };
}

/** The one pk that marks in these addresses name: where they name two, somebody has put them together. */
async function markIn(marks: Marks, addresses: readonly string[], returnPath: string | undefined): Promise<Marked> {
  if (returnPath === undefined) return undefined;
  const each = [...new Set(addresses)].slice(0, MOST_ADDRESSES);
  const read = await Promise.all(each.map((address) => marks.read(returnPath, address)));
  const named = read.flatMap((mark) => (mark === undefined ? [] : [mark === "forged" ? mark : mark.pk]));
  const [one, ...others] = new Set(named);
  return others.length > 0 ? "forged" : one;
}
