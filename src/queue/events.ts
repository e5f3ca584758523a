/** SQL pieces that every statement which ends or delays a message shares: its event, its total. */

/** The totals that `/metrics` shows, by the state or event that feeds them. */
export const COUNTER = {
  sent: "gmp_sent_total",
  error: "gmp_errors_total",
  deferred: "gmp_deferred_total",
  rateLimited: "gmp_rate_limited_total",
  leasesRecovered: "mail_proxy_leases_recovered_total",
} as const;

/** SQL: adds one for each row of `source` (with account_key and tenant_id) to the counter `:name`, by account. */
export function countInto(source: string): string {
  return `
    insert into counters (name, tenant_id, account_id, value)
    select :name, c.tenant_id, ifnull((select a.id from accounts a where a.key = c.account_key), ''), count(*)
    from (${source}) c where true group by c.tenant_id, c.account_key
    on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;
}
