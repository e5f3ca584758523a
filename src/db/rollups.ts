/** SQL pieces of what happened in each minute, by account and over all; they stand in the batches that write the totals. */
import { WAIT_BOUNDS_MS } from "./schema.ts";

export const MINUTE_MS = 60_000;
/** As far back as plots go. */
export const ROLLUPS_KEPT_MS = 30 * 24 * 3_600_000;

/** What is counted, by the columns of `rollups`. */
export const HAPPENINGS = ["sent", "failed", "deferred", "rate_limited", "bounced", "complained"] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** The columns of the buckets, the one without a bound last. */
export const WAIT_COLUMNS: readonly string[] = [...WAIT_BOUNDS_MS, Number.POSITIVE_INFINITY].map((_, n) => `wait_${n}`);

/** The one in which a moment (Unix milliseconds) lies. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}

/** SQL: adds `source` (tenant_id, minute, account_id and these columns, in this order) to what stands there already. */
export function addToRollups(columns: readonly string[], source: string): string {
  return `
    insert into rollups (tenant_id, minute, account_id, ${columns.join(", ")}) ${source}
    on conflict (tenant_id, minute, account_id) do update set
      ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`;
}

/**
 * SQL: adds the rows of `source` (account_key, tenant_id and these columns) to the minute `:minute`: to the sum of all (0), of
 * their tenants (1), and to their accounts (2), where there are any.
 */
export function rollUp(columns: readonly Happening[], source: string): string {
  return addToRollups(
    columns,
    `select iif(w.value > 0, c.tenant_id, ''), :minute, iif(w.value = 2, a.id, ''),
      ${columns.map((column) => `sum(c.${column})`).join(", ")}
    from (${source}) c cross join json_each('[0,1,2]') w left join accounts a on a.key = c.account_key
    where w.value < 2 or a.key is not null group by 1, 3`,
  );
}
