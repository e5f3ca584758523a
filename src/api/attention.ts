/** What may need somebody, the worst first: put together of what the queue, the database and this process know. */
import type { MailboxState } from "../bounces/mailbox-state.ts";
import type { QueueOverview } from "../queue/overview.ts";
import type { Troubled } from "./attention-rows.ts";
import {
  type Attention,
  accountAttention,
  limitAttention,
  mailboxAttention,
  noWorkerAttention,
  reportsAttention,
  suspensionAttention,
  tenantAttention,
  waitingAttention,
  webhookAttention,
} from "./attention-words.ts";
import { ATTENTION_KINDS } from "./schemas/answers-figures.ts";

/** What waits longer, though nothing holds it back, is told of; so are reports. */
export const LATE_MS = 300_000;
/** Whoever sends takes up within this what may go. */
const UNATTENDED_MS = 60_000;

export interface Situation {
  queue: Pick<QueueOverview, "heads" | "isSending" | "overdueSince">;
  troubled: Troubled;
  /** Those that the caller may know of. */
  mailboxes: readonly MailboxState[];
  /** Whether this process sends. */
  sends: boolean;
}

export function attentionOf({ queue, troubled, mailboxes, sends }: Situation, now: number): Attention[] {
  const { accounts, tenants, suspensions, reports, webhooks } = troubled;
  const found = [
    ...unsent(queue, sends, now),
    ...accounts.map((row) => accountAttention(row, now)),
    ...tenants.map(tenantAttention),
    ...suspensions.filter(({ waiting }) => waiting > 0).map(suspensionAttention),
    ...reports.map((row) => reportsAttention(row, now)),
    ...webhooks.map((row) => webhookAttention(row, now)),
    ...mailboxes.flatMap((mailbox) => mailboxAttention(mailbox, now) ?? []),
  ];
  return found.sort((a, b) => ATTENTION_KINDS.indexOf(a.kind) - ATTENTION_KINDS.indexOf(b.kind));
}

/** That nobody sends is said once; else each account whose line stands still is named, or the limit behind which it does. */
function unsent({ heads, isSending, overdueSince }: Situation["queue"], sends: boolean, now: number): Attention[] {
  const first = heads.find(({ mayGo }) => mayGo);
  const since = Math.min(first?.since ?? now, overdueSince ?? now);
  if (!sends && !isSending && now - since > UNATTENDED_MS) return [noWorkerAttention(since)];
  const late = new Map<string, Attention>();
  for (const head of heads) {
    if (now - head.since <= LATE_MS) break; // who waits longest comes first
    const found = head.mayGo ? waitingAttention(head, now, sends) : limitAttention(head, now);
    if (found === undefined) continue;
    const line = JSON.stringify([found.kind, found.tenant_id, found.account_id]);
    if (!late.has(line)) late.set(line, found);
  }
  return [...late.values()];
}
