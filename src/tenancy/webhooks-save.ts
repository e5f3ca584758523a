/** Makes, changes and removes the webhooks of a tenant. */
import { eq, sql } from "drizzle-orm";
import { batch, type Database, json, rows } from "../db/database.ts";
import { webhooks } from "../db/schema.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";
import { AppError } from "../errors.ts";
import type { Vault } from "../security/vault.ts";
import { nextRevision } from "./patch.ts";
import { findTenant, unknownTenant } from "./tenants.ts";
import { newWebhookSecret } from "./webhook-secret.ts";
import { unknownWebhook } from "./webhooks.ts";

/** Each event of the tenant is written down once for each of them. */
export const MOST_WEBHOOKS = 20;

/** Deliveries that one statement changes: no claim waits long for it. */
const SLICE = 1_000;

export interface NewWebhook {
  tenantId: string;
  url: string;
  /** Null: all, those that later versions know included. */
  events: readonly string[] | null;
  /** The tenant's own key named the URL. */
  publicOnly: boolean;
}

const CREATE = `
  insert into webhooks (id, tenant_id, url, events, secret, public_only, created_at, updated_at)
  select :id, :tenantId, :url, :events, :secret, :publicOnly, :now, :now
  where exists (select 1 from tenants where id = :tenantId)
    and (select count(*) from webhooks where tenant_id = :tenantId) < :most
  on conflict (id) do nothing`;

// While there was none, the feed stood still: what happened then is nobody's news now.
const BEGIN_FEED = `
  insert into webhook_feed (id, event)
  select 1, (select coalesce(max(id), 0) from events)
  where (select count(*) from webhooks) = 1 and exists (select 1 from webhooks where id = :id)
  on conflict (id) do update set event = excluded.event`;

/** Answers its id, and its secret for the only time. Throws AppError where there is no such tenant, or it has too many. */
export async function createWebhook(
  db: Database,
  vault: Vault,
  { tenantId, url, events, publicOnly }: NewWebhook,
  now: number,
): Promise<{ id: string; secret: string }> {
  const id = crypto.randomUUID();
  const secret = newWebhookSecret();
  const columns = { url, events: events && json(events), secret: await vault.seal(secret), publicOnly };
  const [, , made] = await againIfUnknown(() =>
    batch(db, [
      { sql: CREATE, args: { id, tenantId, ...columns, now, most: MOST_WEBHOOKS } },
      { sql: BEGIN_FEED, args: { id } },
      { sql: "select 1 from webhooks where id = :id", args: { id } },
    ]),
  );
  if (made!.rows.length > 0) return { id, secret };
  if ((await findTenant(db, tenantId)) === undefined) throw unknownTenant(tenantId);
  throw new AppError("conflict", `a tenant has at most ${MOST_WEBHOOKS} webhooks`);
}

/** What may change; absent fields keep their value. */
export interface WebhookPatch {
  url?: string | undefined;
  /** Said with a URL: the tenant's own key names it. */
  publicOnly?: boolean | undefined;
  /** Null: all. */
  events?: readonly string[] | null | undefined;
  status?: "enabled" | "disabled" | undefined;
}

/** After a failure it is left alone for a while; not a moment longer, unless a call is under way. */
export const END_REST = "update webhooks set lease_until = null where id = :id and token is null";

// Where the first of the line is taken the rest follows, due or not, so that a long line is not written to as a whole.
const FIRST_DUE = `
  update webhook_deliveries set next_at = :now
  where next_at > :now and seq in (
    select seq from (
      select d.seq from webhook_deliveries d
      where d.webhook = :id and d.state = 'pending' and d.aside = 0 order by d.seq limit 1)
    union all select seq from (
      select d.seq from webhook_deliveries d
      where d.webhook = :id and d.state = 'pending' and d.aside = 1 order by d.next_at limit ${SLICE}))`;

/** To enable it, or to give it another URL, ends a wait: what is pending goes at once. */
export async function updateWebhook(
  db: Database,
  id: string,
  { url, publicOnly, events, status }: WebhookPatch,
  now: number,
): Promise<void> {
  const endsWait = status === "enabled" || url !== undefined;
  const changes = {
    ...(url === undefined ? {} : { url, publicOnly: publicOnly ?? false }),
    ...(events === undefined ? {} : { events: events && [...events] }),
    ...(status === undefined ? {} : { status, disabledReason: null, disabledAt: null }),
    ...(endsWait ? { failingSince: null, failures: 0 } : {}),
    updatedAt: nextRevision(webhooks.updatedAt, now),
  };
  const saved = await db.orm.update(webhooks).set(changes).where(eq(webhooks.id, id)).returning({ id: webhooks.id });
  if (saved.length === 0) throw unknownWebhook(id);
  if (!endsWait) return;
  await batch(db, [
    { sql: FIRST_DUE, args: { id, now } },
    { sql: END_REST, args: { id } },
  ]);
}

/** Gives it a new secret, which is answered this once; the one before signs too for `overlapMs`. */
export async function rotateSecret(
  db: Database,
  vault: Vault,
  id: string,
  overlapMs: number,
  now: number,
): Promise<string> {
  const secret = newWebhookSecret();
  const previousUntil = overlapMs === 0 ? null : now + overlapMs;
  const saved = await db.orm
    .update(webhooks)
    .set({
      secret: await vault.seal(secret),
      secretPrevious: previousUntil === null ? null : sql`${webhooks.secret}`,
      secretPreviousUntil: previousUntil,
      secretRotatedAt: now,
      updatedAt: nextRevision(webhooks.updatedAt, now),
    })
    .where(eq(webhooks.id, id))
    .returning({ id: webhooks.id });
  if (saved.length === 0) throw unknownWebhook(id);
  return secret;
}

const NEXT_SLICE = "select seq from webhook_deliveries where webhook = :id order by seq limit :limit";

/** Nothing more is told to it at once; its log goes in slices, and what a stop leaves of it goes with the retention. */
export async function deleteWebhook(db: Database, id: string): Promise<void> {
  const gone = await rows(db, "delete from webhooks where id = :id returning id", { id });
  if (gone.length === 0) throw unknownWebhook(id);
  for (let left = true; left; ) {
    const args = { id, limit: SLICE };
    const [, deleted] = await batch(db, [
      { sql: `delete from webhook_attempts where delivery in (${NEXT_SLICE})`, args },
      { sql: `delete from webhook_deliveries where seq in (${NEXT_SLICE})`, args },
    ]);
    left = deleted!.rowsAffected === SLICE;
  }
}
