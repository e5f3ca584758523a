/**
 * Takes messages into the queue, all of a group in one transaction.
 *
 * 1. Insert what is new: one statement each for messages and payloads, and count it into the backlog.
 * 2. What was there already, by the application's own id, is replaced (replace.ts) unless it is sent or being sent.
 */
import type { InStatement, ResultSet } from "@libsql/client";
import { batch, type Database, json } from "../db/database.ts";
import { isAway, isUnknown } from "../db/unknown-outcome.ts";
import { DIRECTORY_CHANGED, type Guard } from "./admitted.ts";
import { addToBacklog, kindOf } from "./backlog.ts";
import type { NewMessage, Refusal } from "./message.ts";
import { insertMessageIds } from "./message-ids.ts";
import { replace } from "./replace.ts";
import { encode, FIRST_DEFERRED, FIRST_STATE, FIRST_WAKE, MESSAGE_ROWS } from "./rows.ts";
import { isSuspended } from "./suspend.ts";

/** One entry a message, in order: undefined where it was queued, else why it was not. */
export type EnqueueResult = (Refusal | undefined)[];

const INSERT_MESSAGES = `
  insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, batch_code, deferred_at, size, recipients, request_id, created_at)
  select r.pk, r.tenant_id, r.id, r.account_key, r.priority, ${FIRST_STATE}, ${FIRST_WAKE}, r.expires_at, r.batch_code,
    ${FIRST_DEFERRED}, r.size, r.recipients, r.request_id, :now
  from (${MESSAGE_ROWS}) r where true
  on conflict do nothing
  returning pk`;

// The join on pk leaves out whatever conflicted: an older row under the same id has another pk.
const INSERT_PAYLOADS = `
  insert into payloads (message, subject, content)
  select m.seq, p.value->>1, p.value->2
  from json_each(:payloads) p join messages m on m.pk = p.value->>0 where true
  on conflict do nothing`;

// changes() tells how many rows the statement before has inserted. Either all messages are new, and what there is of each
// kind is known beforehand; or, where the first count did nothing, those are new that have no payload yet.
const COUNT_ALL = addToBacklog(`
  select r.tenant_id, case when r.later then 'scheduled' when ${isSuspended("r")} then 'held' else 'active' end as kind, r.count
  from (select value->>0 as tenant_id, value->>1 as batch_code, value->>2 as later, value->>3 as count from json_each(:kinds)) r
  where changes() = :total`);
const COUNT_NEW = addToBacklog(`
  select m.tenant_id, ${kindOf("m.state")} as kind, 1 as count
  from json_each(:messages) r cross join messages m on m.pk = r.value->>0
  where changes() = 0 and not exists (select 1 from payloads p where p.message = m.seq)`);

const PRESENT = "select pk from json_each(:pks) p cross join messages m on m.pk = p.value";

/** What else a group's transaction does: see Guard. */
export type Guarding = Pick<Guard, "checks" | "alongside">;

/** Commits a group of messages where the checks hold; safe to repeat when its answer was lost. */
export async function enqueue(
  db: Database,
  group: readonly NewMessage[],
  now: number,
  guarding: Guarding = { checks: [] },
): Promise<EnqueueResult | typeof DIRECTORY_CHANGED> {
  try {
    return await enqueueGuarded(db, group, now, guarding);
  } catch (error) {
    // What may have been committed is not said to have changed.
    if (!isUnknown(error) && !isAway(error) && (await isChanged(db, guarding.checks))) return DIRECTORY_CHANGED;
    throw error;
  }
}

async function enqueueGuarded(
  db: Database,
  group: readonly NewMessage[],
  now: number,
  guarding: Guarding,
): Promise<EnqueueResult> {
  const fresh = await insert(db, guarding, group, now);
  if (fresh.size === group.length) return group.map(() => undefined);
  const conflicting = group.filter(({ pk }) => !fresh.has(pk));
  const refusals = await replace(db, conflicting, { now, guards: guarding.checks, fresh: [...fresh] });
  return group.map(({ pk }) => refusals.get(pk));
}

/** Answers the pks that are in the queue by it. They are ours alone, so that after an unknown outcome they tell it. */
async function insert(
  db: Database,
  { checks, alongside = [] }: Guarding,
  group: readonly NewMessage[],
  now: number,
): Promise<Set<unknown>> {
  const statements = [...checks, ...insertStatements(group, now), ...alongside];
  try {
    const results = await batch(db, statements);
    return pksOf(results[checks.length]);
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  const present = { sql: PRESENT, args: { pks: json(group.map(({ pk }) => pk)) } };
  const there = pksOf(await db.client.execute(present));
  if (there.size > 0) return there; // all of the batch happened, or nothing
  // The first one may be on its way still. Whichever comes second changes nothing, and what it looks at is the same.
  const results = await batch(db, [...statements, present]);
  return pksOf(results.at(-1));
}

function insertStatements(group: readonly NewMessage[], now: number): InStatement[] {
  const { messages, payloads } = encode(group);
  return [
    { sql: INSERT_MESSAGES, args: { messages, now } },
    { sql: COUNT_ALL, args: { kinds: json(kinds(group, now)), total: group.length } },
    { sql: COUNT_NEW, args: { messages } },
    { sql: INSERT_PAYLOADS, args: { payloads } },
    ...insertMessageIds(group),
  ];
}

function pksOf(result: ResultSet | undefined): Set<unknown> {
  return new Set(result?.rows.map(({ pk }) => pk));
}

/** Whether that is why a batch broke off: asked alone, one of them breaks off again. */
async function isChanged(db: Database, checks: readonly InStatement[]): Promise<boolean> {
  if (checks.length === 0) return false;
  return db.client.batch([...checks], "read").then(
    () => false,
    (error: unknown) => !isUnknown(error) && !isAway(error),
  );
}

/** How many there are of each tenant and batch, now or later. */
function kinds(group: readonly NewMessage[], now: number): [string, string | null, 0 | 1, number][] {
  const counts = new Map<string, [string, string | null, 0 | 1, number]>();
  for (const { tenantId, batchCode, dueAt } of group) {
    const later = dueAt > now ? 1 : 0;
    const key = `${later}\0${tenantId}\0${batchCode ?? ""}`;
    counts.set(key, [tenantId, batchCode, later, (counts.get(key)?.[3] ?? 0) + 1]);
  }
  return [...counts.values()];
}
