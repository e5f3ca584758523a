/** An account's health as this process learns of it: a fault of its own pauses it, a server's answer ends that. */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import { pauseAccount, recoverAccount } from "../queue/health.ts";
import type { Candidate } from "../queue/look.ts";
import type { AccountFault } from "../smtp/outcome.ts";
import { pauseMs } from "./circuit.ts";
import { log } from "./log.ts";

/** `account` is what the failed attempt knew of it; of several failures at once only the first one counts. */
export async function pauseAfter(fault: AccountFault, account: Candidate, db: Database, now: number): Promise<void> {
  const { accountKey, accountId, faults, revision, tenantId } = account;
  const until = now + pauseMs(faults, Math.random());
  const error = `${fault.stage}: ${fault.error}`;
  const words = { account_id: accountId, tenant_id: tenantId, until: new Date(until).toISOString(), reason: error };
  try {
    const began = await pauseAccount(db, { accountKey, faults, revision, until, error }, now);
    if (began)
      log.warning("account {account_id} of tenant {tenant_id} pauses until {until}: {reason}", {
        event: "account_paused",
        ...words,
      });
  } catch (failure) {
    log.error("cannot pause account {account_id} of tenant {tenant_id}: {reason}", {
      ...words,
      reason: reason(failure),
    });
  }
}

export async function endPause({ accountKey, accountId, tenantId }: Candidate, db: Database): Promise<void> {
  const words = { account_id: accountId, tenant_id: tenantId };
  try {
    await recoverAccount(db, accountKey);
    log.info("account {account_id} of tenant {tenant_id} is well again", { event: "account_recovered", ...words });
  } catch (failure) {
    const why = { ...words, reason: reason(failure) };
    log.error("cannot end the pause of account {account_id} of tenant {tenant_id}: {reason}", why);
  }
}
