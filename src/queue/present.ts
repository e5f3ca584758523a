/** Which of an application's ids have a message already, in whatever state. */
import { type Database, json, rows } from "../db/database.ts";

const PRESENT = `
  select m.id from json_each(:ids) i cross join messages m on m.tenant_id = :tenantId and m.id = i.value`;

export async function presentIds(db: Database, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ id: string }>(db, PRESENT, { tenantId, ids: json(ids) });
  return new Set(found.map(({ id }) => id));
}
