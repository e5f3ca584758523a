/**
 * Removes what nobody needs any more, in small batches: finished messages whose reports are told, old log rows and deliveries
 * of webhooks, suppressions and idempotency keys that are over, what the plots show of more than 30 days ago.
 */
import type { InStatement } from "@libsql/client";
import { PARTS_OF_MESSAGE } from "../db/belongings.ts";
import { batch, type Database, json, rows } from "../db/database.ts";
import { minuteOf, ROLLUPS_KEPT_MS } from "../db/rollups.ts";
import { pruneDeliveries } from "./webhooks/retention.ts";

const FINISHED = "state in ('sent', 'error', 'canceled')";

/**
 * Its tenant can still be told something about the message: by a report, or by a webhook in whose line its events are not yet.
 * Without a sync URL, or a webhook, there is nobody to tell.
 */
const UNREPORTED = `(
  exists (select 1 from events e where e.message = messages.seq and e.report_at is not null)
    and exists (select 1 from tenants t where t.id = messages.tenant_id and t.client_base_url is not null)
  or exists (select 1 from webhooks w where w.tenant_id = messages.tenant_id) and exists (
    select 1 from events e where e.message = messages.seq and e.id > (select f.event from webhook_feed f)))`;

/** A message that cannot go yet is looked at again after this. */
const LOOK_AGAIN_MS = 3_600_000;
/** The longest window of the limits is a day; older grants count nowhere. */
const GRANTS_MS = 24 * 3_600_000;
const CLEANUP_CHUNK = 500;

export const CANDIDATES = `select seq from messages where ${FINISHED} and wake_at <= :now order by wake_at limit :limit`;

const POSTPONE = `
  update messages set wake_at = :later
  where seq in (select value from json_each(:seqs)) and ${FINISHED} and wake_at <= :now`;

const PRUNE_LOG = `
  delete from command_log where id in (select id from command_log where at <= :before order by at limit :limit)`;

const PRUNE_GRANTS = `
  delete from grants where (account_key, at) in (
    select g.account_key, g.at from accounts a join grants g on g.account_key = a.key and g.at < :before limit :limit)`;

/** Who has expired is no longer suppressed, swept or not. */
export const PRUNE_SUPPRESSIONS = `
  delete from suppressions where seq in (
    select seq from suppressions where expires_at <= :now order by expires_at limit :limit)`;

/** Who comes under an expired key comes anew, swept or not. */
export const PRUNE_KEYS = `
  delete from idempotency_keys where (tenant_id, key) in (
    select k.tenant_id, k.key from idempotency_keys k where k.expires_at <= :now order by k.expires_at limit :limit)`;

export const PRUNE_ROLLUPS = `
  delete from rollups where (tenant_id, minute, account_id) in (
    select r.tenant_id, r.minute, r.account_id from rollups r where r.minute < :minute order by r.minute limit :limit)`;

export interface Sweep {
  /** Messages that are gone. */
  removed: number;
  /** There is more: sweep again soon. */
  more: boolean;
}

/** One bounded sweep: at most `limit` finished messages past their retention, and as many old rows of each log, old deliveries, suppressions and keys. */
export async function sweepReported(db: Database, now: number, retentionMs: number, limit: number): Promise<Sweep> {
  const found = await rows<{ seq: number }>(db, CANDIDATES, { now, limit });
  const seqs = json(found.map(({ seq }) => seq));
  const prunings = [
    { sql: PRUNE_LOG, args: { before: now - retentionMs, limit } },
    { sql: PRUNE_GRANTS, args: { before: now - GRANTS_MS, limit } },
    { sql: PRUNE_SUPPRESSIONS, args: { now, limit } },
    { sql: PRUNE_KEYS, args: { now, limit } },
    { sql: PRUNE_ROLLUPS, args: { minute: minuteOf(now - ROLLUPS_KEPT_MS), limit } },
    ...pruneDeliveries(now - retentionMs, limit),
  ];
  const [removed, ...others] = await batch(db, [
    ...removal(seqs, "wake_at <= :moment", now),
    { sql: POSTPONE, args: { seqs, now, later: now + LOOK_AGAIN_MS } },
    ...prunings,
  ]);
  const isMore = others.slice(-prunings.length).some(({ rowsAffected }) => rowsAffected === limit);
  return { removed: removed?.rowsAffected ?? 0, more: found.length === limit || isMore };
}

/** What a cleanup has to look at, by an index, so that each statement reads one page and no more. */
export const PAGES = {
  ofTenant: "select seq, id as place from messages where tenant_id = :tenant and id > :after order by id limit :limit",
  ofAll: "select seq, seq as place from messages where seq > :after order by seq limit :limit",
};

/**
 * Removes finished and reported messages (of one tenant, or of all) that ended before `now - olderThanMs`; answers how many.
 * `told` hears how many it has looked at.
 */
export async function cleanup(
  db: Database,
  tenant: string | undefined,
  olderThanMs: number,
  now: number,
  told: (looked: number) => void = () => undefined,
): Promise<number> {
  let removed = 0;
  let looked = 0;
  let after: string | number = tenant === undefined ? 0 : "";
  for (;;) {
    const limit = CLEANUP_CHUNK;
    const page: { seq: number; place: string | number }[] =
      tenant === undefined
        ? await rows(db, PAGES.ofAll, { after, limit })
        : await rows(db, PAGES.ofTenant, { after, limit, tenant });
    const last = page.at(-1);
    if (last === undefined) return removed;
    const seqs = json(page.map(({ seq }) => seq));
    const [messages] = await batch(db, removal(seqs, "finished_at <= :moment", now - olderThanMs));
    removed += messages?.rowsAffected ?? 0;
    looked += page.length;
    told(looked);
    after = last.place;
  }
}

/** Deletes those messages of `seqs` that are finished, old enough and reported, then what hung on the deleted ones. */
export function removal(seqs: string, old: string, moment: number): InStatement[] {
  const chosen = "in (select value from json_each(:seqs))";
  const orphans = PARTS_OF_MESSAGE.map((table) => ({
    sql: `delete from ${table} where message ${chosen} and not exists (select 1 from messages where seq = ${table}.message)`,
    args: { seqs },
  }));
  return [
    {
      sql: `delete from messages where seq ${chosen} and ${FINISHED} and ${old} and not (${UNREPORTED})`,
      args: { seqs, moment },
    },
    ...orphans,
  ];
}
