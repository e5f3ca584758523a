/** All promises, by the chapters of the table of runtimes; the last one kills the proxy and its database. */
import { accounts } from "./accounts.ts";
import { attachments } from "./attachments.ts";
import { dashboard } from "./dashboard.ts";
import { delivery } from "./delivery.ts";
import { limits } from "./limits.ts";
import { operations } from "./operations.ts";
import { poststack } from "./poststack.ts";
import type { Promises } from "./promise.ts";
import { queue } from "./queue.ts";
import { reports } from "./reports.ts";
import { requests } from "./requests.ts";
import { resend } from "./resend.ts";
import { resendAfterwards } from "./resend-afterwards.ts";
import { resendOnce } from "./resend-once.ts";
import { restarts } from "./restarts.ts";
import { returnedMail } from "./returned-mail.ts";
import { submission } from "./submission.ts";
import { suppressions } from "./suppressions.ts";
import { tenants } from "./tenants.ts";
import { tls } from "./tls.ts";
import { unsubscribing } from "./unsubscribing.ts";
import { watching } from "./watching.ts";
import { webhooks } from "./webhooks.ts";

export const CHAPTERS: Record<string, (suite: Promises) => void> = {
  Requests: requests,
  "The queue": queue,
  Delivery: delivery,
  Attachments: attachments,
  TLS: tls,
  Accounts: accounts,
  "Rate limits": limits,
  Reports: reports,
  "Mail that comes back": returnedMail,
  Unsubscribing: unsubscribing,
  "The suppression list": suppressions,
  "Resend's client": resend,
  "Resend's client, afterwards": resendAfterwards,
  "Resend's client, repeated and in batches": resendOnce,
  Webhooks: webhooks,
  "PostStack's client": poststack,
  "SMTP submission": submission,
  "Tenants and secrets": tenants,
  Operations: operations,
  "What can be seen": watching,
  "The dashboard": dashboard,
  "Stops, crashes and outages": restarts,
};
