/** The totals and the state of the queue, as Prometheus reads them (text exposition format 0.0.4). */
import { type Database, rows } from "../db/database.ts";
import { countLive } from "../queue/backlog.ts";
import { type Histogram, type HistogramName, readHistograms } from "../queue/durations.ts";
import { oldestReadyAt } from "../queue/list.ts";

const HELP: Record<string, string> = {
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

const PAUSED_HELP = "Accounts after a fault of their own: 1 while they pause, 0 while they are tried again.";
const PAUSED = `
  select tenant_id, id as account_id, paused_until > :now as value from accounts
  where faults > 0 and deleted_at is null order by 1, 2`;

const DISABLED_HELP = "Webhooks that were disabled because their endpoints took nothing.";
const DISABLED = "select count(*) as value from webhooks where status = 'disabled' and disabled_reason is not null";

interface Total {
  name: string;
  tenant_id: string;
  account_id: string;
  value: number;
}

const HISTOGRAM_HELP: Record<HistogramName, string> = {
  mail_proxy_send_seconds: "How long an attempt at a message took, its wait for a connection included.",
  mail_proxy_report_seconds: "How long a tenant's endpoint took to answer.",
};

/** What this process alone is doing. */
export interface Doing {
  in_flight: number;
  connections: number;
}

/** Totals come from the database, so they agree across processes and survive a restart. */
export async function metricsText(db: Database, doing: Doing, now: number): Promise<string> {
  const totals = await rows<Total>(db, "select name, tenant_id, account_id, value from counters order by 1, 2, 3");
  const { scheduled, ready, held, sending } = await countLive(db);
  const metrics = Object.keys(HELP).map((name) =>
    counter(
      name,
      totals.filter((total) => total.name === name),
    ),
  );
  const pending = scheduled + ready + held + sending;
  const paused = await rows<Omit<Total, "name">>(db, PAUSED, { now });
  metrics.push(head("mail_proxy_account_paused", PAUSED_HELP, "gauge") + samples("mail_proxy_account_paused", paused));
  const [disabled] = await rows<{ value: number }>(db, DISABLED);
  const oldest = await oldestReadyAt(db);
  metrics.push(
    gauge("gmp_pending_messages", "Messages that wait or are in flight.", pending),
    gauge(
      "mail_proxy_queue_age_seconds",
      "How long the message waits that could go and was accepted first.",
      oldest === undefined ? 0 : Math.max(now - oldest, 0) / 1000,
    ),
    gauge("mail_proxy_webhooks_disabled", DISABLED_HELP, disabled?.value ?? 0),
    gauge("mail_proxy_connections", "SMTP connections of this process.", doing.connections),
    gauge("mail_proxy_in_flight", "Messages that this process has under lease.", doing.in_flight),
    ...(await readHistograms(db)).map(histogram),
  );
  return metrics.join("");
}

function gauge(name: string, help: string, value: number): string {
  return `${head(name, help, "gauge")}${name} ${value}\n`;
}

function histogram({ name, buckets, sumSeconds }: Histogram): string {
  const lines = buckets.map(({ seconds, count }) => {
    return `${name}_bucket{le="${Number.isFinite(seconds) ? seconds : "+Inf"}"} ${count}\n`;
  });
  const total = buckets.at(-1)?.count ?? 0;
  return `${head(name, HISTOGRAM_HELP[name], "histogram")}${lines.join("")}${name}_sum ${sumSeconds}\n${name}_count ${total}\n`;
}

function counter(name: string, totals: readonly Total[]): string {
  return head(name, HELP[name]!, "counter") + samples(name, totals);
}

function samples(name: string, values: readonly Omit<Total, "name">[]): string {
  return values
    .map(({ tenant_id, account_id, value }) => {
      return `${name}{tenant_id="${escaped(tenant_id)}",account_id="${escaped(account_id)}"} ${value}\n`;
    })
    .join("");
}

function head(name: string, help: string, type: "counter" | "gauge" | "histogram"): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Label values escape what would end them. */
function escaped(label: string): string {
  return label.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
