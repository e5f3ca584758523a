/** Puts who unsubscribed on the list of those that a tenant's mail does not go to, and tells the tenant once a message. */
import { listed } from "../addresses/comparable.ts";
import type { Database } from "../db/database.ts";
import { SUPERSEDING } from "../db/suppressions.ts";
import { type Candidate, lookUp } from "./match.ts";
import { type Entry, record } from "./record.ts";
import { unsubscribedEntry } from "./record-entry.ts";
import type { Unsubscription } from "./unsubscribe-link.ts";

// Whoever is on the list until some day stays for good now. Of a tenant that is gone no mail comes any more.
const SUPPRESS = `
  insert into suppressions (tenant_id, address, spelled, source, reason, pk, created_at, expires_at)
  select :tenantId, :address, :spelled, 'unsubscribe', null, :pk, :now, null
  where exists (select 1 from tenants t where t.id = :tenantId) ${SUPERSEDING}
  where suppressions.expires_at is not null`;

/** `new`: the tenant is to be told. `known`: it was told before. `unheard`: there is no such message any more to tell of. */
export type Unsubscribed = "new" | "known" | "unheard";

/** In any case the address is on the list afterwards, also where somebody has taken it off since the message went. */
export async function unsubscribe(db: Database, wish: Unsubscription, now: number): Promise<Unsubscribed> {
  const { tenantId, pk } = wish;
  const { address, spelled } = listed(wish.address);
  const suppress = { sql: SUPPRESS, args: { tenantId, address, spelled, pk, now } };
  const { byPk } = await lookUp(db, { pks: [pk], id: undefined, messageIds: [], tenantId });
  const entries = byPk
    .filter((message) => message.tenantId === tenantId)
    .flatMap((message) => newsOf(message, address));
  const [isNew] = await record(db, entries, now, [suppress]);
  if (isNew === undefined) return "unheard";
  return isNew ? "new" : "known";
}

/** None where the message has another recipient by now: one that waits may be replaced. */
function newsOf(message: Candidate, address: string): Entry[] {
  const [first, ...others] = message.recipients.filter((recipient) => listed(recipient[1]).address === address);
  return first === undefined ? [] : [unsubscribedEntry(message, [first, ...others])];
}
