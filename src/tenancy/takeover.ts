/** How far the takeover of a tenant from another system has come: since when its messages are taken, and whether its key is. */
import { type Database, json, rows } from "../db/database.ts";

/** Kept for longer than the messages themselves. */
const KEY = "takeover:";
const KEY_AWAITED = "takeover-key:";

const BEGUN = "select value from instance where key = :key";
const BEGIN = `
  insert into instance (key, value, updated_at) values (:key, :value, :now) on conflict (key) do nothing`;

/** Unix milliseconds; undefined where it was never begun. */
export async function takeoverBegun(db: Database, tenantId: string): Promise<number | undefined> {
  const [begun] = await rows<{ value: string }>(db, BEGUN, { key: KEY + tenantId });
  return begun && Number(begun.value);
}

/** The first time stays. */
export async function beginTakeover(db: Database, tenantId: string, now: number): Promise<void> {
  await db.client.execute({ sql: BEGIN, args: { key: KEY + tenantId, value: json(now), now } });
}

/** Before the tenant is saved: what breaks off then is known to lack the key, and is not taken for one whose key was revoked. */
export async function awaitKey(db: Database, tenantId: string, now: number): Promise<void> {
  await db.client.execute({ sql: BEGIN, args: { key: KEY_AWAITED + tenantId, value: json(now), now } });
}

export async function isKeyAwaited(db: Database, tenantId: string): Promise<boolean> {
  return (await rows(db, BEGUN, { key: KEY_AWAITED + tenantId })).length > 0;
}

export async function endAwaitingKey(db: Database, tenantId: string): Promise<void> {
  await db.client.execute({ sql: "delete from instance where key = :key", args: { key: KEY_AWAITED + tenantId } });
}
