/** The totals and the state of the queue, as Prometheus reads them (text exposition format 0.0.4). */
import { type Database, rows } from "../db/database.ts";
import { countLive } from "../queue/list.ts";

const HELP: Record<string, string> = {
  gmp_sent_total: "Messages sent.",
  gmp_errors_total: "Messages given up.",
  gmp_deferred_total: "Deliveries put off.",
  gmp_rate_limited_total: "Messages held back by a limit.",
  mail_proxy_leases_recovered_total: "Leases of workers that died.",
};

interface Total {
  name: string;
  tenant_id: string;
  account_id: string;
  value: number;
}

/** Totals come from the database, so they agree across processes and survive a restart. */
export async function metricsText(db: Database): Promise<string> {
  const totals = await rows<Total>(db, "select name, tenant_id, account_id, value from counters order by 1, 2, 3");
  const { scheduled, ready, held, sending } = await countLive(db);
  const metrics = Object.keys(HELP).map((name) =>
    counter(
      name,
      totals.filter((total) => total.name === name),
    ),
  );
  const pending = scheduled + ready + held + sending;
  return `${metrics.join("")}${head("gmp_pending_messages", "Messages that wait or are in flight.", "gauge")}gmp_pending_messages ${pending}\n`;
}

function counter(name: string, totals: readonly Total[]): string {
  const samples = totals.map(({ tenant_id, account_id, value }) => {
    return `${name}{tenant_id="${escaped(tenant_id)}",account_id="${escaped(account_id)}"} ${value}\n`;
  });
  return head(name, HELP[name]!, "counter") + samples.join("");
}

function head(name: string, help: string, type: "counter" | "gauge"): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Label values escape what would end them. */
function escaped(label: string): string {
  return label.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
