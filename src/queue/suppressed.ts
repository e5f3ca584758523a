/**
 * Takes recipients who are on their tenant's suppression list out of a message before it is attempted.
 *
 * The claim itself tells which they are, as far as SQL can compare addresses: in ASCII, and without quotes. The others are
 * looked up in a second step, in the form that the list has (addresses/comparable.ts); few messages need it.
 */
import type { Value } from "@libsql/client";
import { comparableOrNothing } from "../addresses/comparable.ts";
import { type Database, json, rows } from "../db/database.ts";
import { STANDING, SUPPRESSED } from "../db/suppressions.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";
import type { Claimed, Recipient } from "./message.ts";

/** SQL, of the row `messages`: null where its tenant has no list, else the positions of its open recipients who are on it. */
export const SUPPRESSED_POSITIONS = `
    case when exists (select 1 from suppressions s where s.tenant_id = messages.tenant_id) then (
      select json_group_array(p.key) from json_each(messages.recipients) p
      where ifnull(p.value->>2, 'pending') = 'pending' and exists (
        select 1 from suppressions s
        where s.tenant_id = messages.tenant_id and s.address = lower(p.value->>1) and ${STANDING})) end`;

const LOOK_UP = `
  select a.key as position from json_each(:asked) a
  where exists (
    select 1 from suppressions s where s.tenant_id = a.value->>0 and s.address = a.value->>1 and ${STANDING})`;

/** SQLite folds ASCII alone, and knows neither A-labels nor needless quotes. */
const BEYOND_SQL = /[^\0-\x7f]|"/;

/** A message as the claim took it, and what it told by SUPPRESSED_POSITIONS. */
export interface Taken {
  claimed: Claimed;
  suppressed: Value | undefined;
}

/** Closes the open recipients who are on the list. */
export async function closeSuppressed(db: Database, taken: readonly Taken[], now: number): Promise<void> {
  const listed = taken.filter(({ suppressed }) => typeof suppressed === "string");
  for (const { claimed, suppressed } of listed)
    for (const position of JSON.parse(String(suppressed)) as number[]) close(claimed.recipients[position]!);
  const asked = listed.flatMap(({ claimed: { tenantId, recipients } }) =>
    recipients
      .filter(({ status, address }) => status === "pending" && BEYOND_SQL.test(address))
      .map((recipient) => ({ recipient, named: [tenantId, comparableOrNothing(recipient.address)] })),
  );
  if (asked.length === 0) return;
  const args = { now, asked: json(asked.map(({ named }) => named)) };
  // They are under lease already: what is not told now waits until that is over.
  const found = await againIfUnknown(() => rows<{ position: number }>(db, LOOK_UP, args));
  for (const { position } of found) close(asked[position]!.recipient);
}

function close(recipient: Recipient): void {
  Object.assign(recipient, { status: "error", code: null, enhancedCode: null, text: SUPPRESSED });
}
