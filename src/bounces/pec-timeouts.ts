/** Certified mail (PEC) that was sent and of which no receipt has come in time. */
import { type Database, json, rows } from "../db/database.ts";
import { record } from "./record.ts";

const DUE = `
  select w.message, m.pk, m.tenant_id as tenantId from pec_waits w left join messages m on m.seq = w.message
  where w.due_at <= :now order by w.due_at limit :limit`;

/** Behind what is recorded, in one transaction: each wait ends with its event, or without one where a receipt was first. */
const END = "delete from pec_waits where message in (select value from json_each(:messages)) and due_at <= :now";

interface Due {
  message: number;
  /** Null where the message is gone. */
  pk: string | null;
  tenantId: string | null;
}

export interface PecTimeouts {
  /** Who has something new to be told. */
  tenants: string[];
  /** There may be more that are due. */
  more: boolean;
}

/** Records `pec_timeout` for at most `limit` messages whose time is over, once each, whoever else does the same. */
export async function pecTimeouts(db: Database, now: number, limit: number): Promise<PecTimeouts> {
  const due = await rows<Due>(db, DUE, { now, limit });
  if (due.length === 0) return { tenants: [], more: false };
  const entries = due.flatMap(({ message, pk, tenantId }) =>
    pk === null || tenantId === null ? [] : [{ message, pk, tenantId, ...TIMEOUT }],
  );
  const messages = json(due.map(({ message }) => message));
  const recorded = await record(db, entries, now, [{ sql: END, args: { messages, now } }]);
  const told = entries.filter((_, at) => recorded[at]);
  return { tenants: [...new Set(told.map(({ tenantId }) => tenantId))], more: due.length === limit };
}

const TIMEOUT = {
  type: "pec_timeout",
  origin: "pec_timeout ",
  data: { pec_details: "no receipt has come in time" },
  awaited: true,
} as const;
