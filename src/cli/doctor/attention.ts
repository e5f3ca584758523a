/** What the dashboard's first page would say needs somebody, read without the server, as findings with the command that mends each. */
import { attentionOf, LATE_MS } from "../../api/attention.ts";
import { readTroubled, troubledStatements } from "../../api/attention-rows.ts";
import type { Attention } from "../../api/attention-words.ts";
import { mailboxRows } from "../../bounces/mailbox-lease.ts";
import { stateOf } from "../../bounces/mailbox-state.ts";
import type { Database } from "../../db/database.ts";
import { overviewStatements, readOverview } from "../../queue/overview.ts";
import type { Vault } from "../../security/vault.ts";
import { readMailboxes } from "../../tenancy/mailboxes.ts";
import { about, type Check, type State, type Told, type Verdict } from "./finding.ts";
import type { Patient } from "./patient.ts";

export interface Looked {
  db: Database;
  vault: Vault | undefined;
  tenantId: string | undefined;
  /** Whether a process on this machine is there to send. */
  sends: boolean;
  now: number;
}

export async function readAttention({ db, vault, tenantId, sends, now }: Looked): Promise<Attention[]> {
  const ofQueue = overviewStatements(tenantId, now);
  const results = await db.client.batch([...ofQueue, ...troubledStatements(tenantId, now, LATE_MS)], "read");
  const states = await mailboxRows(db);
  const wanted = vault === undefined ? [] : await readMailboxes(db, vault);
  const mailboxes = wanted
    .filter((mailbox) => tenantId === undefined || mailbox.tenantId === tenantId)
    .map((mailbox) => stateOf(mailbox, states.get(mailbox.id), undefined, now));
  const queue = readOverview(results.slice(0, ofQueue.length));
  return attentionOf({ queue, troubled: readTroubled(results.slice(ofQueue.length)), mailboxes, sends }, now);
}

interface Telling {
  check: Extract<Check, "accounts" | "endpoints" | "webhooks" | "mailboxes" | "queue">;
  /** A warning: it goes on by itself, or was somebody's wish. */
  state: Extract<State, "failed" | "warning">;
}

/** Which check tells of what. */
const TELLINGS: Record<Attention["kind"], Telling> = {
  no_worker: { check: "queue", state: "failed" },
  waiting_long: { check: "queue", state: "failed" },
  account_paused: { check: "accounts", state: "warning" },
  account_failing: { check: "accounts", state: "warning" },
  tenant_inactive: { check: "queue", state: "warning" },
  batch_suspended: { check: "queue", state: "warning" },
  limit_reached: { check: "queue", state: "warning" },
  tenant_endpoint_failing: { check: "endpoints", state: "failed" },
  reports_waiting: { check: "endpoints", state: "warning" },
  webhook_disabled: { check: "webhooks", state: "failed" },
  webhook_failing: { check: "webhooks", state: "failed" },
  mailbox_failing: { check: "mailboxes", state: "failed" },
};

export function* toldOf(patient: Pick<Patient, "attention" | "command">, check: Telling["check"]): Generator<Told> {
  for (const one of patient.attention) {
    if (TELLINGS[one.kind].check === check) yield about(subjectOf(one), judgeAttention(one, patient.command));
  }
}

function subjectOf({ tenant_id, account_id, webhook_id, batch_code }: Attention): string {
  const names = [tenant_id, account_id ?? webhook_id ?? batch_code].filter((name) => name !== null);
  return names.length === 0 ? "all" : names.join("/");
}

export function judgeAttention(one: Attention, command: string): Verdict {
  const waiting = one.waiting ? ` (${one.waiting.toLocaleString("en")} wait)` : "";
  const text = one.kind === "no_worker" ? "messages are due, and nobody sends them" : one.reason + waiting;
  return { state: TELLINGS[one.kind].state, text, advice: adviceOf(one, command) };
}

function adviceOf({ kind, action, tenant_id, account_id, webhook_id, batch_code }: Attention, command: string): string {
  const tenant = `${command} ${tenant_id}`;
  const ofTenant = `${command} tenants update ${tenant_id}`;
  const ofAccount = `${tenant} accounts update ${account_id}`;
  const look = `look at the log: ${command} logs`;
  switch (kind) {
    case "no_worker":
      return "start a process that sends (MAIL_PROXY_SCHEDULER_ACTIVE is true unless it is set)";
    case "account_paused":
    case "account_failing":
      return action === "resume"
        ? `${tenant} accounts resume ${account_id}`
        : `mend what it says; a test that passes ends the pause: ${tenant} accounts test ${account_id}`;
    case "tenant_inactive":
      return `${ofTenant} --active`;
    case "batch_suspended":
      return `${tenant} activate${batch_code === null ? "" : ` ${batch_code}`}`;
    case "limit_reached":
      return `wait, or raise the limit: ${account_id === null ? ofTenant : ofAccount} --limit-hour NUMBER (or --limit-minute, --limit-day)`;
    case "tenant_endpoint_failing":
      return `mend the application's endpoint, then: ${tenant} run-now`;
    case "webhook_disabled":
      return `mend the endpoint, then: ${tenant} webhooks update ${webhook_id} --enabled`;
    case "webhook_failing":
      return `mend the endpoint, then: ${tenant} webhooks test ${webhook_id}`;
    case "mailbox_failing":
      return account_id === null
        ? `mend it with: ${command} bounces set, then: ${command} bounces reload`
        : `mend it with: ${ofAccount}`;
    case "waiting_long":
    case "reports_waiting":
      return action === "run_now" ? `${look}; then: ${tenant} run-now` : look;
  }
}
