/** SQL about whom a tenant's mail does not go to, for those who ask (the queue) and those who keep the list (tenancy). */

/** Why somebody is on the list. */
export const SUPPRESSION_SOURCES = ["bounce", "complaint", "unsubscribe", "manual", "import"] as const;
export type SuppressionSource = (typeof SUPPRESSION_SOURCES)[number];

/** What stands at a suppressed recipient, and is the error of a message that has no others. */
export const SUPPRESSED = "suppressed";

/** SQL, behind an insert: the newcomer stands in the place of who was on the list under the same address, where what follows says so. */
export const SUPERSEDING = `
  on conflict (tenant_id, address) do update set spelled = excluded.spelled, source = excluded.source,
    reason = excluded.reason, pk = excluded.pk, created_at = excluded.created_at, expires_at = excluded.expires_at`;

/** SQL, of the row `s` of `suppressions`: whether it still counts. Who has expired is as good as gone, swept or not. */
export const STANDING = "(s.expires_at is null or s.expires_at > :now)";
