/** A change to one message by hand: one batch that makes it where the message is in a fitting state, and tells how it stands. */
import type { InStatement } from "@libsql/client";
import { batch, type Database } from "../db/database.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";

/** Bound to every statement that looks for the message. */
export interface InterventionArgs extends Record<string, string | number> {
  seq: number;
  now: number;
  /** What it leaves on the timeline; nobody is told of it but who asks. */
  event: "retried" | "canceled" | "rescheduled";
  /** JSON, what the event says: with its moment and its type it is known again. */
  data: string;
}

/** How a message stands after an intervention. */
export interface Standing {
  done: boolean;
  state: string;
  rateLimited: boolean;
  /** What it says is kept: it was not refused when it came in. */
  hasContent: boolean;
  /** Its account is still there. */
  hasAccount: boolean;
}

/** SQL: whether this was done already, by the event that nothing else leaves at that moment. */
const DONE =
  "exists (select 1 from events e where e.message = :seq and e.type = :event and e.at = :now and e.data = :data)";

/** Only where the statement before has changed the message is there anything to tell. */
const TELL = `
  insert into events (tenant_id, message, type, at, data)
  select tenant_id, seq, :event, :now, :data from messages where seq = :seq and changes() = 1`;

/** SQL, of the row `messages`. */
export const HAS_CONTENT = "exists (select 1 from payloads p where p.message = messages.seq)";
export const HAS_ACCOUNT =
  "exists (select 1 from accounts a where a.key = messages.account_key and a.deleted_at is null)";

const STANDING = `
  select state, rate_limited, ${DONE} as done, ${HAS_CONTENT} as has_content, ${HAS_ACCOUNT} as has_account
  from messages where seq = :seq`;

/**
 * `fits` is SQL on `messages`; `change` makes the statements for those that are meant, the one that changes the row's state
 * last. A claim of the same moment comes before or after. Safe to repeat. Undefined where the message is gone.
 */
export async function intervene(
  db: Database,
  args: InterventionArgs,
  fits: string,
  change: (where: string) => InStatement[],
): Promise<Standing | undefined> {
  const statements = [
    ...change(`seq = :seq and ${fits} and not ${DONE}`),
    { sql: TELL, args },
    { sql: STANDING, args },
  ];
  const results = await againIfUnknown(() => batch(db, statements));
  const row = results.at(-1)!.rows[0];
  if (row === undefined) return undefined;
  return {
    done: row.done === 1,
    state: String(row.state),
    rateLimited: row.rate_limited === 1,
    hasContent: row.has_content === 1,
    hasAccount: row.has_account === 1,
  };
}
