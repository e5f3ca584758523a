/** From an email, as clients of the email API say it, to a message: other names for the same things; pure. */
import { comparableOrNothing } from "../addresses/comparable.ts";
import { parseMailbox } from "../mime/address.ts";
import { DEFAULT_ACCOUNT, type KnownAccount, type KnownTenant } from "../tenancy/resolve.ts";
import { NO_MOMENT, scheduledAt } from "./emails-schedule.ts";
import type { Email } from "./schemas/email.ts";
import type { Message } from "./schemas/message.ts";

/** What is the same for all emails of a call. */
export interface Circumstances {
  tenant: KnownTenant | undefined;
  now: number;
}

/** The message under its pk, which is its id as well; or what is wrong with the email, in words that begin with the field. */
export function messageOf(email: Email, pk: string, { tenant, now }: Circumstances): Message | string {
  const { from, scheduled_at, unsubscribe, account_id } = email;
  const { to, cc, bcc, reply_to, subject, text, html, headers, attachments, tags } = email;
  const { priority, batch_code, metadata } = email;
  const deferred_ts = scheduled_at == null ? undefined : scheduledAt(scheduled_at, now);
  if (scheduled_at != null && deferred_ts === undefined) return `scheduled_at: ${NO_MOMENT}`;
  return {
    id: pk,
    account_id: account_id ?? accountOf(from?.address, tenant)?.id,
    ...{ from, to, cc, bcc, reply_to, subject, text, html, headers, attachments, tags },
    list_unsubscribe: unsubscribe,
    deferred_ts,
    ...{ priority, batch_code, metadata },
  };
}

/** What is said of a message is said of the email that it was. */
export function inEmailWords(reason: string): string {
  return reason.replace(/^list_unsubscribe:/, "unsubscribe:");
}

/** The account that has this sender for its own: of several the default one, or the first by id. */
function accountOf(address: string | undefined, tenant: KnownTenant | undefined): KnownAccount | undefined {
  if (address === undefined || tenant === undefined) return undefined;
  const sender = comparableOrNothing(address);
  const own = [...tenant.accounts.values()].filter(({ fromAddress }) => {
    return fromAddress !== null && comparableOrNothing(parseMailbox(fromAddress).address) === sender;
  });
  return own.find(({ id }) => id === DEFAULT_ACCOUNT) ?? own[0];
}
