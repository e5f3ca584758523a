/** What a message that waits depends on beside itself: its account, its tenant, its batch, somebody who sends. */
import type { MailProxy } from "../../client/client.ts";
import { MailProxyError } from "../../client/error.ts";
import type { Account, Attention, OneMessage, Tenant } from "../../client/types.ts";

export interface Waits {
  /** Undefined where it is gone. */
  account: Pick<Account, "state" | "paused_by" | "paused_until" | "last_error"> | undefined;
  tenant: Pick<Tenant, "active" | "suspended_batches"> | undefined;
  /** Why its whole line stands still, in words, where neither of them says so. */
  line: string | undefined;
}

/** What the overview alone knows of a line, the worst first. */
const OF_LINES: readonly Attention["kind"][] = ["no_worker", "waiting_long", "limit_reached", "account_failing"];

export function isWaiting({ status }: Pick<OneMessage, "status">): boolean {
  return status === "pending" || status === "deferred";
}

/** Of one that is done nothing is asked. */
export async function waitsOf(api: MailProxy, message: OneMessage): Promise<Waits> {
  const { tenant_id, account_id, status } = message;
  if (!isWaiting(message) && status !== "sending") return { account: undefined, tenant: undefined, line: undefined };
  const [account, tenant, overview] = await Promise.all([
    account_id === null ? undefined : orNothing(api.accounts.get(account_id, { tenant_id })),
    orNothing(api.tenants.get(tenant_id)),
    orNothing(api.overview({ tenant_id })),
  ]);
  return { account, tenant, line: lineOf(message, overview?.attention ?? []) };
}

/** One that waits for a moment of its own, or is being sent, does not stand in the line. */
function lineOf({ status, account_id }: OneMessage, attention: readonly Attention[]): string | undefined {
  const isInLine = status === "pending";
  const found = attention.find(
    ({ kind, account_id: whose }) =>
      kind === "no_worker" || (isInLine && OF_LINES.includes(kind) && (whose === null || whose === account_id)),
  );
  return found?.reason;
}

/** Undefined where it was deleted a moment ago. */
async function orNothing<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof MailProxyError && error.status === 404) return undefined;
    throw error;
  }
}
