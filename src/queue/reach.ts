/** How far back a page of messages looks, so that it costs the same with a million of them: it ends there, and its cursor leads on. */
import { type Database, rows } from "../db/database.ts";

/** So many messages are looked through for one page, where no index tells which of them are wanted... */
export const LOOKED_THROUGH = 250_000;

/** ...and so many where their texts are: the same time either way. */
export const SEARCHED_THROUGH = 50_000;

/** A message is stored within this time after it was given its pk, which tells the time. */
export const STORED_WITHIN_MS = 600_000;

/** What of a list's filter (list.ts) decides on it. */
interface Sought {
  status?: string | undefined;
  tenantId?: string | undefined;
  accountId?: string | undefined;
  batchCode?: string | undefined;
  q?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  before?: number | undefined;
}

/** The numbers between which a page looks; neither belongs to it. */
export interface Reach {
  /** Undefined: down to the oldest. */
  above: number | undefined;
  below: number | undefined;
}

/** Filters that no index serves. */
const UNINDEXED = ["q", "accountId", "batchCode", "since"] as const satisfies (keyof Sought)[];

/** `isLiveIndexed`: an index tells the few that are wanted. */
export async function reachOf(db: Database, filter: Sought, isLiveIndexed: boolean | undefined): Promise<Reach> {
  const below = lowest(filter.before, await newerThan(db, filter.until));
  if (isLiveIndexed === true) return { above: undefined, below };
  const isFailed = filter.status === "error" || filter.status === "canceled";
  const isSought = UNINDEXED.some((name) => filter[name] !== undefined);
  const isScanned = isSought || isLiveIndexed === false || filter.status === "sent" || (isFailed && filter.tenantId);
  return { above: isScanned ? await end(db, filter, below) : undefined, below };
}

/** The newest message that is not looked at any more; undefined where all of them are. */
async function end(
  db: Database,
  { status, tenantId, q }: Sought,
  below: number | undefined,
): Promise<number | undefined> {
  const most = q === undefined ? LOOKED_THROUGH : SEARCHED_THROUGH;
  const before = below ?? Number.MAX_SAFE_INTEGER;
  const isFailed = status === "error" || status === "canceled";
  const isAll = tenantId === undefined && !isFailed;
  const those = isFailed ? `state = '${status}'` : "tenant_id = :tenantId";
  // Of all there are none is counted: their numbers follow one another.
  const sql = isAll
    ? `select seq from messages
       where seq < (select max(seq) from messages where seq < :before) - ${most - 1} order by seq desc limit 1`
    : `select seq from messages where ${those} and seq < :before order by seq desc limit 1 offset ${most}`;
  const args = { before, ...(isFailed || tenantId === undefined ? {} : { tenantId }) };
  return (await rows<{ seq: number }>(db, sql, args))[0]?.seq;
}

/** A message that came after this moment for certain, and all of those that came after it (RFC 9562 5.7). */
async function newerThan(db: Database, until: number | undefined): Promise<number | undefined> {
  if (until === undefined) return undefined;
  const lastPk = pkAt(until + STORED_WITHIN_MS);
  const sql = "select seq from messages where pk > :lastPk order by pk limit 1";
  return (await rows<{ seq: number }>(db, sql, { lastPk }))[0]?.seq;
}

/** What pks made at that moment begin with (RFC 9562 5.7): 48 bits of Unix milliseconds. */
export function pkAt(ms: number): string {
  const digits = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

function lowest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
