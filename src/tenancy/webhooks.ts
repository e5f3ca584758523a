/** The webhooks of tenants as they stand: where their events go, and how that went of late. */
import { and, asc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { webhooks } from "../db/schema.ts";
import { AppError } from "../errors.ts";

/** More of them than this nobody counts. */
export const MOST_COUNTED = 10_000;

/** Its own columns, but not its secrets, and what its line says of it. */
export type Webhook = Omit<typeof webhooks.$inferSelect, "secret" | "secretPrevious" | "token" | "leaseUntil"> & {
  /** Deliveries that wait, at most `MOST_COUNTED`. */
  pending: number;
  /** `status` is null where nothing answered. */
  lastCall: { at: number; status: number | null } | null;
};

const PENDING = sql<number>`(
  select count(*) from (
    select 1 from webhook_deliveries d where d.webhook = webhooks.id and d.state = 'pending' limit ${MOST_COUNTED}))`;

/** Where a call was made last: at the end of the line, at its head, or just before its head. So no length of line makes it slow. */
const CALLED_LAST = sql`
  select seq from (
    select d.seq from webhook_deliveries d where d.webhook = webhooks.id order by d.seq desc limit 10)
  union all select seq from (
    select d.seq from webhook_deliveries d where d.webhook = webhooks.id and d.state = 'pending' order by d.seq limit 10)
  union all select seq from (
    select d.seq from webhook_deliveries d
    where d.webhook = webhooks.id and d.seq < (
      select min(h.seq) from webhook_deliveries h
      where h.webhook = webhooks.id and h.state = 'pending' and h.aside = 0)
    order by d.seq desc limit 10)`;

const LAST_CALL = sql<string | null>`(
  select json_object('at', a.at, 'status', a.status) from webhook_attempts a
  where a.delivery in (${CALLED_LAST}) order by a.at desc, a.number desc limit 1)`;

function select(db: Database) {
  const { secret, secretPrevious, token, leaseUntil, ...columns } = getTableColumns(webhooks);
  const lastCall = LAST_CALL.mapWith((json: string | null): Webhook["lastCall"] => json && JSON.parse(json));
  return db.orm.select({ ...columns, pending: PENDING, lastCall }).from(webhooks);
}

/** Of this tenant, or whosever it is. */
export async function findWebhook(db: Database, id: string, tenantId: string | undefined): Promise<Webhook> {
  const ofTenant = tenantId === undefined ? undefined : eq(webhooks.tenantId, tenantId);
  const [webhook] = await select(db).where(and(eq(webhooks.id, id), ofTenant));
  if (webhook === undefined) throw unknownWebhook(id);
  return webhook;
}

/** Oldest first. */
export function listWebhooks(db: Database, tenantId: string): Promise<Webhook[]> {
  return select(db).where(eq(webhooks.tenantId, tenantId)).orderBy(asc(webhooks.createdAt), asc(webhooks.id));
}

export function unknownWebhook(id: string): AppError {
  return new AppError("not_found", `there is no webhook ${id}`);
}
