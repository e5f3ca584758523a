/** Whether a mail was taken in before, by an id that is its own: then it is not taken again, and nothing of what is there changes. */
import { type Database, rows } from "../db/database.ts";
import { type Guard, unless } from "./admitted.ts";

// One that failed, or that was canceled, may be sent in again: that replaces it, as everywhere.
const TAKEN = `exists (
  select 1 from messages where tenant_id = :tenantId and id = :id and pk <> :pk and state not in ('error', 'canceled'))`;

/** A message by its id; `pk` is of the newcomer, whose own repetition is in nobody's way. */
export interface Newcomer {
  tenantId: string;
  id: string;
  pk: string;
}

/** What was admitted by `guard` is stored only while no other message has its id. */
export function unlessTaken(guard: Guard, { tenantId, id, pk }: Newcomer): Guard {
  const check = { sql: unless(`not ${TAKEN}`), args: { tenantId, id, pk } };
  return { ...guard, checks: [...guard.checks, check], isOwn: true };
}

/** It waits, is on its way or was sent; a retention's time after its end it is forgotten. */
export async function isTaken(db: Database, { tenantId, id, pk }: Newcomer): Promise<boolean> {
  return (await rows(db, `select 1 where ${TAKEN}`, { tenantId, id, pk })).length > 0;
}
