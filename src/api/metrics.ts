/** The totals and the state of the queue for Prometheus; docs/monitoring.md says of each what it means and what to do. */
import { type Database, rows } from "../db/database.ts";
import { countLive } from "../queue/backlog.ts";
import { type HistogramName, readHistograms } from "../queue/durations.ts";
import { oldestReadyAt } from "../queue/list.ts";
import { counter, gauge, histogram, type Sample } from "./exposition.ts";
import type { MailCount } from "./service.ts";

/** Kept in the database: they agree across processes, and survive a restart. */
const TOTALS: Record<string, string> = {
  gmp_sent_total: "Messages sent.",
  gmp_errors_total: "Messages given up.",
  gmp_deferred_total: "Deliveries put off.",
  gmp_rate_limited_total: "Messages held back by a limit.",
  mail_proxy_bounces_total: "Recipients of whom a bounce came back.",
  mail_proxy_complaints_total: "Recipients who complained.",
  mail_proxy_leases_recovered_total: "Leases of workers that died.",
  mail_proxy_webhook_deliveries_total: "Deliveries that endpoints of webhooks have taken.",
  mail_proxy_webhook_failures_total: "Calls that endpoints of webhooks have not taken.",
};

const DURATIONS: Record<HistogramName, string> = {
  mail_proxy_send_seconds: "How long an attempt at a message took, its wait for a connection included.",
  mail_proxy_report_seconds: "How long a tenant's endpoint took to answer.",
  mail_proxy_delivery_seconds: "How long a message took from being accepted, or due, to its server's 250.",
};

const PAUSED_HELP = "Accounts after a fault of their own: 1 while they pause, 0 while they are tried again.";
const PAUSED = `
  select tenant_id, id as account_id, paused_until > :now as value from accounts
  where faults > 0 and deleted_at is null order by 1, 2`;

const DISABLED_HELP = "Webhooks that were disabled because their endpoints took nothing.";
const DISABLED = "select count(*) as value from webhooks where status = 'disabled' and disabled_reason is not null";

/** Reports beyond that are not counted. */
const MOST_REPORTS = 100_000;
// Only of those who can be told.
const TOLD = "tenants t cross join events e on e.tenant_id = t.id and e.report_at is not null";
const REPORTS = `
  select (select count(*) from (select 1 from ${TOLD} where t.active and t.client_base_url is not null limit ${MOST_REPORTS})) as pending,
    (select min((select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null))
      from tenants t where t.active and t.client_base_url is not null) as oldest`;

/** What this process alone is doing, and has done since it began. */
export interface Doing {
  version: string;
  active: boolean;
  in_flight: number;
  connections: number;
  mails: MailCount;
}

interface Total {
  name: string;
  tenant_id: string;
  account_id: string;
  value: number;
}

export async function metricsText(db: Database, doing: Doing, now: number): Promise<string> {
  const totals = await rows<Total>(db, "select name, tenant_id, account_id, value from counters order by 1, 2, 3");
  const ofAccounts = Object.entries(TOTALS).map(([name, help]) => {
    return counter(name, help, totals.filter((total) => total.name === name).map(ofAccount));
  });
  const durations = (await readHistograms(db)).map(({ name, ...found }) => histogram(name, DURATIONS[name], found));
  return [...ofAccounts, ...(await standing(db, now)), ...durations, ...own(doing)].join("");
}

/** How things stand in the database: the same whichever process is asked. */
async function standing(db: Database, now: number): Promise<string[]> {
  const live = await countLive(db);
  const paused = await rows<Total>(db, PAUSED, { now });
  const [disabled] = await rows<{ value: number }>(db, DISABLED);
  const [reports] = await rows<{ pending: number; oldest: number | null }>(db, REPORTS);
  const oldest = await oldestReadyAt(db);
  const pending = live.scheduled + live.ready + live.held + live.sending;
  const byState = Object.entries(live).map(([state, value]) => ({ labels: { state }, value }));
  const age = (since: number | null | undefined) => (since == null ? 0 : Math.max(now - since, 0) / 1000);
  return [
    gauge("gmp_pending_messages", "Messages that wait or are in flight.", pending),
    gauge("mail_proxy_messages", "The same by what they wait for.", byState),
    gauge(
      "mail_proxy_queue_age_seconds",
      "How long the message has waited that could go and waits longest.",
      age(oldest),
    ),
    gauge("mail_proxy_account_paused", PAUSED_HELP, paused.map(ofAccount)),
    gauge("mail_proxy_reports_pending", "Events that tenants are still to be told of.", reports?.pending ?? 0),
    gauge("mail_proxy_report_age_seconds", "How long the first of them has waited.", age(reports?.oldest)),
    gauge("mail_proxy_webhooks_disabled", DISABLED_HELP, disabled?.value ?? 0),
  ];
}

/** Of this process: another one says something else. */
function own({ version, active, in_flight, connections, mails }: Doing): string[] {
  const build = [{ labels: { version }, value: 1 }];
  return [
    gauge("mail_proxy_build_info", "The version of this process.", build),
    gauge("mail_proxy_active", "Whether this process sends and reports.", active ? 1 : 0),
    gauge("mail_proxy_connections", "SMTP connections of this process.", connections),
    gauge("mail_proxy_in_flight", "Messages that this process has under lease.", in_flight),
    counter("mail_proxy_smtp_accepted_total", "Mails by SMTP that this process took.", [{ value: mails.accepted }]),
    counter("mail_proxy_smtp_refused_total", "Mails by SMTP that it read and refused.", [{ value: mails.refused }]),
  ];
}

function ofAccount({ tenant_id, account_id, value }: Omit<Total, "name">): Sample {
  return { labels: { tenant_id, account_id }, value };
}
