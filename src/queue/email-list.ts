/**
 * Pages of a tenant's emails, newest first, as the email API's clients turn them: by the last one seen, or by number.
 *
 * 1. Whatever would have to be looked for or counted without end is looked for among the newest emails alone (`LOOKED_AT`).
 * 2. The page is chosen, and how many there are is counted up to that, in one round trip.
 * 3. What stands on the page is read (emails.ts).
 */
import type { InStatement, Value } from "@libsql/client";
import { type Database, json } from "../db/database.ts";
import { type Email, type Place, readEmails } from "./emails.ts";
import { contains, liveCondition } from "./list.ts";
import { LIVE_PROGRESS, PROGRESS, type Progress } from "./progress.ts";
import { pkAt, STORED_WITHIN_MS } from "./reach.ts";

/** So many emails, the newest of those in question, are looked at where an index does not tell which are wanted. */
export const LOOKED_AT = 10_000;

/** And of their contents no more characters than these, where they have to be read for it. */
const CHARACTERS_LOOKED_AT = 64 * 1024 * 1024;

export interface EmailFilter {
  tenantId: string;
  /** One of these. */
  progress?: readonly Progress[] | undefined;
  /** Part of some recipient's address, of the sender, of the subject; in any case of its ASCII letters. */
  to?: string | undefined;
  from?: string | undefined;
  subject?: string | undefined;
  /** The name of a tag, or name and value with a colon between them. */
  tag?: string | undefined;
  /** Accepted at or after / at or before; Unix milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
}

/** Older or newer than the email with this number, or the so many newest left out. */
export interface Turn {
  after?: number | undefined;
  before?: number | undefined;
  offset: number;
  limit: number;
}

export interface EmailPage {
  emails: Email[];
  /** There are more in the direction in which the pages are turned. */
  hasMore: boolean;
  /** Of all pages together, `LOOKED_AT` at most. */
  total: number;
}

type Condition = Exclude<keyof EmailFilter, "tenantId">;

const CONDITIONS: Record<Condition, string> = {
  progress: `${PROGRESS} in (select value from json_each(:progress))`,
  to: "exists (select 1 from json_each(m.recipients) r where r.value->>1 like :to escape '\\')",
  from: "p.content ->> '$.from' like :from escape '\\'",
  subject: "p.subject like :subject escape '\\'",
  tag: `exists (select 1 from json_each(p.content, '$.tags') t where :tag in (t.key, t.key || ':' || t.value))`,
  since: "m.created_at >= :since",
  until: "m.created_at <= :until",
};

export async function listEmails(db: Database, filter: EmailFilter, turn: Turn): Promise<EmailPage> {
  const { conditions, args } = await conditionsOf(db, filter, turn);
  const found = await db.client.batch([page(conditions, args, turn), total(conditions, args)], "read");
  const [rows = [], counts = []] = found.map((result) => result.rows);
  const chosen = rows.slice(0, turn.limit).map(({ seq, size }): Place => ({ seq: Number(seq), size: Number(size) }));
  if (turn.before !== undefined) chosen.reverse();
  return {
    emails: await readEmails(db, chosen),
    hasMore: rows.length > turn.limit,
    total: Number(counts[0]?.count ?? 0),
  };
}

type Args = Record<string, Value>;

/** SQL on `messages m` and `payloads p`, and what it binds: a server takes no value that its statement does not name. */
async function conditionsOf(
  db: Database,
  filter: EmailFilter,
  { offset }: Turn,
): Promise<{ conditions: string[]; args: Args }> {
  const { tenantId, progress, since, until } = filter;
  const given = Object.entries(bound(filter)).filter(([, value]) => value !== undefined) as [Condition, Value][];
  const args: Args = {
    tenantId,
    ...Object.fromEntries(given),
    ...(since === undefined ? {} : { firstPk: pkAt(since - STORED_WITHIN_MS) }),
    ...(until === undefined ? {} : { lastPk: pkAt(until + STORED_WITHIN_MS) }),
  };
  const conditions = ["m.tenant_id = :tenantId", ...period(filter), ...given.map(([name]) => CONDITIONS[name])];
  const live = progress?.every((word) => LIVE_PROGRESS.includes(word)) ? await liveCondition(db, tenantId) : undefined;
  if (live !== undefined) conditions.push(live.where);
  // What is live and few is found by its index, however old it is.
  if (live?.isIndexed !== true && (given.length > 0 || offset > 0))
    conditions.push(`m.seq >= ${oldestLookedAt(filter)}`);
  return { conditions, args };
}

function bound({ progress, to, from, subject, tag, since, until }: EmailFilter): Record<Condition, Value | undefined> {
  const part = (text: string | undefined) => (text === undefined ? undefined : contains(text));
  return {
    progress: progress === undefined ? undefined : json(progress),
    to: part(to),
    from: part(from),
    subject: part(subject),
    tag,
    since,
    until,
  };
}

/**
 * SQL: of the time asked for, as the pks tell it (RFC 9562 5.7), by their index, where the moments themselves have none. It
 * lies between the last message that was stored before it for certain and the first one after it; of those that came
 * together neither pk nor number tells who was first.
 */
function period({ since, until }: EmailFilter, row = "m."): string[] {
  const first = `${row}seq > ifnull((select seq from messages where pk < :firstPk order by pk desc limit 1), 0)`;
  const last = `${row}seq < ifnull((select seq from messages where pk > :lastPk order by pk limit 1), ${Number.MAX_SAFE_INTEGER})`;
  return [...(since === undefined ? [] : [first]), ...(until === undefined ? [] : [last])];
}

/** SQL: the number of the oldest email that is looked at. */
function oldestLookedAt(filter: EmailFilter): string {
  const where = ["tenant_id = :tenantId", ...period(filter, "")].join(" and ");
  const newest = (columns: string) =>
    `select ${columns} from messages where ${where} order by seq desc limit ${LOOKED_AT}`;
  if (filter.from === undefined && filter.tag === undefined) return `(select min(seq) from (${newest("seq")}))`;
  return `(select min(seq) from (
    select seq, sum(size) over (order by seq desc rows unbounded preceding) - size as before from (${newest("seq, size")}))
    where before < ${CHARACTERS_LOOKED_AT})`;
}

function page(conditions: readonly string[], args: Args, { after, before, offset, limit }: Turn): InStatement {
  const place: Args = { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
  const within = Object.keys(place).map((name) => (name === "after" ? "m.seq < :after" : "m.seq > :before"));
  return {
    sql: `select m.seq, m.size from messages m left join payloads p on p.message = m.seq
      where ${[...conditions, ...within].join(" and ")}
      order by m.seq ${before === undefined ? "desc" : "asc"} limit :limit offset :offset`,
    args: { ...args, ...place, limit: limit + 1, offset },
  };
}

function total(conditions: readonly string[], args: Args): InStatement {
  return {
    sql: `select count(*) as count from (
      select 1 from messages m left join payloads p on p.message = m.seq where ${conditions.join(" and ")} limit ${LOOKED_AT})`,
    args,
  };
}
