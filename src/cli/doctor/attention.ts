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
import { about, failed, type Told, type Verdict, warning } from "./finding.ts";
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

export function* toldOf(
  patient: Pick<Patient, "attention" | "command">,
  kinds: readonly Attention["kind"][],
): Generator<Told> {
  for (const one of patient.attention) {
    if (kinds.includes(one.kind)) yield about(subjectOf(one), judgeAttention(one, patient.command));
  }
}

function subjectOf({ tenant_id, account_id, webhook_id, batch_code }: Attention): string {
  const names = [tenant_id, account_id ?? webhook_id ?? batch_code].filter((name) => name !== null);
  return names.length === 0 ? "all" : names.join("/");
}

/** What goes on by itself, or was somebody's wish. */
const MILD: readonly Attention["kind"][] = [
  ...(["account_paused", "account_failing", "tenant_inactive", "batch_suspended", "reports_waiting"] as const),
];

export function judgeAttention(one: Attention, command: string): Verdict {
  const waiting = one.waiting ? ` (${one.waiting.toLocaleString("en")} wait)` : "";
  const text = one.kind === "no_worker" ? "messages are due, and nobody sends them" : one.reason + waiting;
  const advice = adviceOf(one, command);
  return MILD.includes(one.kind) ? warning(text, advice) : failed(text, advice);
}

function adviceOf({ kind, action, tenant_id, account_id, webhook_id, batch_code }: Attention, command: string): string {
  const tenant = `${command} ${tenant_id}`;
  if (kind === "no_worker") return "start a process that sends (MAIL_PROXY_SCHEDULER_ACTIVE is true unless it is set)";
  if (kind === "mailbox_failing" && account_id === null)
    return `mend it with: ${command} bounces set, then: ${command} bounces reload`;
  if (account_id !== null) {
    if (action === "resume") return `${tenant} accounts resume ${account_id}`;
    if (action === "test")
      return `mend what it says; a test that passes ends the pause: ${tenant} accounts test ${account_id}`;
    if (kind === "mailbox_failing") return `mend it with: ${tenant} accounts update ${account_id}`;
  }
  if (webhook_id !== null)
    return `mend the endpoint, then: ${tenant} webhooks ${action === "enable" ? `update ${webhook_id} --enabled` : `test ${webhook_id}`}`;
  if (kind === "batch_suspended") return `${tenant} activate${batch_code === null ? "" : ` ${batch_code}`}`;
  if (kind === "tenant_inactive") return `${command} tenants update ${tenant_id} --active`;
  if (kind === "tenant_endpoint_failing") return `mend the application's endpoint, then: ${tenant} run-now`;
  return action === "run_now"
    ? `look at the log: ${command} logs; then: ${tenant} run-now`
    : `look at the log: ${command} logs`;
}
