/** How a thing that needs somebody is called, how much waits for it, where it is shown, and which button mends it. Why it does is the API's to say. */
import type { Attention } from "../../client/types.ts";
import { hrefOf as accountHref } from "../accounts/links.ts";
import { waitingText } from "../parts/numbers.ts";
import { hrefOf as tenantHref } from "../tenants/links.ts";
import { hrefOf as webhookHref } from "../webhooks/links.ts";

/** A form with one button, or the way to a page. */
export type Mend =
  | { to: string; fields: Record<string, string>; text: string; label: string }
  | { href: string; text: string; label: string };

export interface Concern {
  title: string;
  isUrgent: boolean;
}

export function concernOf({ kind, tenant_id, account_id, batch_code }: Attention, isForAll: boolean): Concern {
  const ofTenant = isForAll && tenant_id !== null ? ` of tenant ${tenant_id}` : "";
  const tenant = isForAll ? `Tenant ${tenant_id}` : "The tenant";
  const account = `${account_id}${ofTenant}`;
  switch (kind) {
    case "no_worker":
      return { title: "Nobody sends", isUrgent: true };
    case "waiting_long":
      return { title: "A message waits for long", isUrgent: true };
    case "account_paused":
      return { title: `Account ${account} is paused`, isUrgent: true };
    case "account_failing":
      return { title: `Account ${account} fails`, isUrgent: true };
    case "tenant_inactive":
      return { title: `${tenant} is not active`, isUrgent: false };
    case "batch_suspended":
      return { title: suspendedTitle(batch_code, ofTenant, tenant), isUrgent: false };
    case "limit_reached":
      return { title: `${account_id === null ? tenant : `Account ${account}`} has reached its limit`, isUrgent: false };
    case "tenant_endpoint_failing":
      return { title: `${tenant} takes no reports`, isUrgent: true };
    case "reports_waiting":
      return { title: `Reports${ofTenant} wait`, isUrgent: false };
    case "webhook_disabled":
      return { title: `A webhook${ofTenant} is disabled`, isUrgent: false };
    case "webhook_failing":
      return { title: `A webhook${ofTenant} takes nothing`, isUrgent: true };
    case "mailbox_failing":
      return { title: mailboxTitle(account_id, account), isUrgent: true };
  }
}

function suspendedTitle(batch: string | null, ofTenant: string, tenant: string): string {
  return batch === null ? `${tenant} is suspended` : `Batch ${batch}${ofTenant} is suspended`;
}

function mailboxTitle(accountId: string | null, account: string): string {
  return accountId === null
    ? "The mailbox for bounces cannot be read"
    : `The mailbox of account ${account} cannot be read`;
}

/** What the moment that is told of it was. */
export function momentOf({ kind }: Attention): string {
  switch (kind) {
    case "account_paused":
    case "account_failing":
      return "Last fault";
    case "tenant_endpoint_failing":
      return "Last worked";
    case "mailbox_failing":
      return "Last read";
    default:
      return "Since";
  }
}

/** How much waits because of it; undefined where nothing does, and where the reason has said so. */
export function waitOf({ kind, waiting }: Attention): string | undefined {
  if (waiting === null || waiting === 0) return undefined;
  switch (kind) {
    case "tenant_inactive":
    case "reports_waiting":
      return undefined;
    case "webhook_disabled":
      // Those that came before: what happens while it is disabled is missed, and does not wait.
      return `${waitingWords(waiting, "event")} from before ${waiting === 1 ? "waits" : "wait"} until it is enabled`;
    case "webhook_failing":
      return becauseOfIt(waiting, "event");
    case "tenant_endpoint_failing":
      return becauseOfIt(waiting, "report");
    default:
      return becauseOfIt(waiting, "message");
  }
}

function becauseOfIt(count: number, noun: string): string {
  return `${waitingWords(count, noun)} ${count === 1 ? "waits" : "wait"} because of it`;
}

function waitingWords(count: number, noun: string): string {
  return `${waitingText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Undefined where there is nothing to do but what the reason says. `back`: the page to come back to. */
export function mendOf(attention: Attention, back: string, isAdmin: boolean): Mend | undefined {
  const { action, tenant_id, account_id, webhook_id, batch_code } = attention;
  const account = { tenant_id: tenant_id ?? "", id: account_id ?? "" };
  switch (action) {
    case "test":
      if (webhook_id !== null) return link(webhookHref(webhook_id), "See what it answered", `webhook ${webhook_id}`);
      return form("/dashboard/accounts/test", { ...account, back }, "Test the connection", `of account ${account_id}`);
    case "resume":
      return form("/dashboard/accounts/resume", { ...account, back }, "Resume", `account ${account_id}`);
    case "run_now":
      return form("/dashboard/tenants/run-now", { tenant_id: tenant_id ?? "", back }, "Try now", `tenant ${tenant_id}`);
    case "activate":
      return form(
        "/dashboard/tenants/activate",
        { tenant_id: tenant_id ?? "", ...(batch_code !== null && { batch_code }), back },
        "Let it go on",
        batch_code === null ? `tenant ${tenant_id}` : `batch ${batch_code} of tenant ${tenant_id}`,
      );
    case "enable":
      return form(
        "/dashboard/webhooks/enable",
        { tenant_id: tenant_id ?? "", id: webhook_id ?? "", back },
        "Enable",
        `webhook ${webhook_id}`,
      );
    case "edit":
      return account_id === null
        ? link(tenantHref(tenant_id ?? ""), "Change its settings", `of tenant ${tenant_id}`)
        : link(accountHref(account), "Change its settings", `of account ${account_id}`);
    case "retry":
      // All of them at once: the admin's.
      return isAdmin ? form("/dashboard/settings/read-mailboxes", { back }, "Read it now", "the mailbox") : undefined;
    case null:
      return undefined;
  }
}

function form(to: string, fields: Record<string, string>, text: string, what: string): Mend {
  return { to, fields, text, label: `${text}: ${what}` };
}

function link(href: string, text: string, what: string): Mend {
  return { href, text, label: `${text}: ${what}` };
}

/** Where more is to be seen of it. */
export function placeOf({ tenant_id, account_id, webhook_id }: Attention): string | undefined {
  if (webhook_id !== null) return webhookHref(webhook_id);
  if (account_id !== null) return accountHref({ tenant_id: tenant_id ?? "", id: account_id });
  return tenant_id === null ? undefined : tenantHref(tenant_id);
}
