/**
 * What a group of settled messages adds to its minute, all of its accounts and the sum of all in one statement, and how long a
 * message had waited for its server's 250.
 */
import type { InStatement } from "@libsql/client";
import { json } from "../db/database.ts";
import { addToRollups, minuteOf, WAIT_COLUMNS } from "../db/rollups.ts";
import { WAIT_BOUNDS_MS } from "../db/schema.ts";
import type { Claimed } from "./message.ts";

/** Since when a message waits: since it was accepted, or the later moment at which it was to go. */
export function waitingSince({ createdAt, dueAt, content }: Pick<Claimed, "createdAt" | "dueAt" | "content">): number {
  const wish = content.deferred_ts === undefined ? createdAt : content.deferred_ts * 1000;
  return Math.max(createdAt, dueAt ?? wish);
}

/** The bucket that counts a wait; the last one counts what is longer than any bound. */
export function bucketOf(waitMs: number): number {
  const found = WAIT_BOUNDS_MS.findIndex((bound) => waitMs <= bound);
  return found === -1 ? WAIT_BOUNDS_MS.length : found;
}

const COLUMNS: readonly string[] = ["sent", "failed", "deferred", ...WAIT_COLUMNS];

const ADD = addToRollups(
  COLUMNS,
  `select r.value->>0, :minute, ifnull(a.id, ''), ${COLUMNS.map((_, n) => `r.value->>${n + 2}`).join(", ")}
  from json_each(:rolled) r left join accounts a on a.key = r.value->>1
  where r.value->>1 is null or a.key is not null`,
);

/** What became of one message. */
export interface Told {
  tenantId: string;
  accountKey: number;
  happening: "sent" | "failed" | "deferred";
  /** Of one that was sent, as far as that is known. */
  waitMs: number | undefined;
}

interface Row {
  tenantId: string;
  accountKey: number | null;
  counts: number[];
}

export function rollUpSettled(told: readonly Told[], now: number): InStatement {
  const found = new Map<string | number, Row>();
  const add = (tenantId: string, accountKey: number | null, columns: readonly string[]) => {
    const name = accountKey ?? tenantId;
    const row = found.get(name) ?? { tenantId, accountKey, counts: COLUMNS.map(() => 0) };
    found.set(name, row);
    for (const column of columns) row.counts[COLUMNS.indexOf(column)]! += 1;
  };
  for (const { tenantId, accountKey, happening, waitMs } of told) {
    const columns = [happening, ...(waitMs === undefined ? [] : [`wait_${bucketOf(waitMs)}`])];
    add("", null, columns);
    add(tenantId, null, columns);
    add(tenantId, accountKey, columns);
  }
  const rolled = [...found.values()].map(({ tenantId, accountKey, counts }) => [tenantId, accountKey, ...counts]);
  return { sql: ADD, args: { minute: minuteOf(now), rolled: json(rolled) } };
}
