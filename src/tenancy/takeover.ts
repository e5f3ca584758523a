/** Since when a tenant's waiting messages are taken over from another system: kept for longer than the messages themselves. */
import { type Database, json, rows } from "../db/database.ts";

const KEY = "takeover:";

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
