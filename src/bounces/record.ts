/**
 * Writes down what was heard of messages, once however often it is heard, all in one batch.
 *
 * 1. notices     a row for what was not heard before, under a token that only this batch has
 * 2. the rest    (record-news.ts) for the rows that bear the token, and for no others
 *
 * A batch whose answer was lost is repeated under another token: whichever of the two comes first to the database does all
 * of it, also where the first one comes late, and the other one nothing.
 */
import type { InStatement } from "@libsql/client";
import { batch, type Database, json } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import { isUnknown } from "../db/unknown-outcome.ts";
import { type Entry, newsStatements } from "./record-news.ts";

export type { Entry };

// A message that was removed meanwhile has nobody to be told of it.
const NOTICES = `
  insert into notices (message, origin, token)
  select e.value->>0, e.value->>1, :token from json_each(:entries) e
  where exists (select 1 from messages m where m.seq = e.value->>0)
    and (e.value->>2 = 0 or exists (select 1 from pec_waits w where w.message = e.value->>0))
  on conflict do nothing`;

const OURS = `
  select e.key as position from json_each(:entries) e
  cross join notices n on n.message = e.value->>0 and n.origin = e.value->>1 and n.token in (:token, :before)`;

/**
 * Records each entry that was not heard before; answers for each whether it is new. `alongside` runs in the same
 * transaction, behind the rest, whether anything is new or not: it has to be safe to repeat.
 */
export async function record(
  db: Database,
  entries: readonly Entry[],
  now: number,
  alongside: readonly InStatement[] = [],
): Promise<boolean[]> {
  if (entries.length === 0 && alongside.length === 0) return [];
  const each = firstOfEach(entries);
  const tried = fencingToken();
  const listed = json(each.map(noticeRow));
  const statements = (token: number): InStatement[] => [
    { sql: NOTICES, args: { token, entries: listed } },
    ...newsStatements(each, token, now),
    ...alongside,
    { sql: OURS, args: { token, before: tried, entries: listed } },
  ];
  const results = await batch(db, statements(tried)).catch((error: unknown) => {
    if (!isUnknown(error)) throw error;
    return batch(db, statements(fencingToken()));
  });
  const ours = new Set(results.at(-1)?.rows.map(({ position }) => each[Number(position)]));
  return entries.map((entry) => ours.has(entry));
}

/** Of the entries of one message and origin the first. */
function firstOfEach(entries: readonly Entry[]): Entry[] {
  const keys = new Set<string>();
  return entries.filter((entry) => {
    const isFirst = !keys.has(keyOf(entry));
    keys.add(keyOf(entry));
    return isFirst;
  });
}

function keyOf({ message, origin }: Entry): string {
  return `${message} ${origin}`;
}

function noticeRow({ message, origin, awaited }: Entry): unknown[] {
  return [message, origin, awaited ? 1 : 0];
}
