/** The totals and the state of the queue, as Prometheus reads them (text exposition format 0.0.4). */
import { type Database, rows } from "../db/database.ts";
import { countLive } from "../queue/backlog.ts";

const HELP: Record<string, string> = {
  gmp_sent_total: "Messages sent.",
  gmp_errors_total: "Messages given up.",
  gmp_deferred_total: "Deliveries put off.",
  gmp_rate_limited_total: "Messages held back by a limit.",
  mail_proxy_leases_recovered_total: "Leases of workers that died.",
};

const PAUSED_HELP = "Accounts after a fault of their own: 1 while they pause, 0 while they are tried again.";
const PAUSED = `
  select tenant_id, id as account_id, paused_until > :now as value from accounts
  where faults > 0 and deleted_at is null order by 1, 2`;

interface Total {
  name: string;
  tenant_id: string;
  account_id: string;
  value: number;
}

/** Totals come from the database, so they agree across processes and survive a restart. */
export async function metricsText(db: Database, now: number): Promise<string> {
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
  return `${metrics.join("")}${head("gmp_pending_messages", "Messages that wait or are in flight.", "gauge")}gmp_pending_messages ${pending}\n`;
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

function head(name: string, help: string, type: "counter" | "gauge"): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Label values escape what would end them. */
function escaped(label: string): string {
  return label.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
