/** Takes away deliveries that nobody needs any more, with the log of their calls. */
import type { InStatement } from "@libsql/client";

/** What is pending stays, unless its webhook is gone or takes nothing. */
export const CANDIDATES = `
  select d.seq from webhook_deliveries d
  where d.created_at <= :before
    and (d.state <> 'pending' or not exists (select 1 from webhooks w where w.id = d.webhook and w.status = 'enabled'))
  order by d.created_at limit :limit`;

/** At most `limit` deliveries that were made before then (Unix milliseconds); the last statement tells how many. */
export function pruneDeliveries(before: number, limit: number): InStatement[] {
  const args = { before, limit };
  return [
    { sql: `delete from webhook_attempts where delivery in (${CANDIDATES})`, args },
    { sql: `delete from webhook_deliveries where seq in (${CANDIDATES})`, args },
  ];
}
