/** What may need somebody, in the words of whoever is woken by it: what is wrong, since when, what happens by itself. */
import type * as v from "valibot";
import type { MailboxState } from "../bounces/mailbox-state.ts";
import type { Head } from "../queue/overview.ts";
import { faultWords } from "../smtp/stage-words.ts";
import { pauseOf } from "../tenancy/hand-pause.ts";
import {
  type AccountRow,
  COUNTED,
  type ReportsRow,
  type SuspensionRow,
  type TenantRow,
  type WebhookRow,
} from "./attention-rows.ts";
import type { Attention as AttentionSchema } from "./schemas/answers-figures.ts";

export type Attention = v.InferOutput<typeof AttentionSchema>;

const NOBODY = {
  tenant_id: null,
  account_id: null,
  webhook_id: null,
  batch_code: null,
  since_ts: null,
  waiting: null,
} as const;

export function accountAttention(account: AccountRow, now: number): Attention {
  const { tenantId, id, faults, lastError, lastErrorAt, waiting } = account;
  const pause = pauseOf(account, now);
  const whose = { ...NOBODY, tenant_id: tenantId, account_id: id, waiting };
  if (pause?.by === "hand") {
    const end = pause.until === null ? "" : `, or until ${inTime(pause.until - now)} from now`;
    const reason = `The account was paused by hand. Its mail waits until somebody resumes it${end}.`;
    return { ...whose, kind: "account_paused", reason, action: "resume" };
  }
  const fault = { ...whose, since_ts: seconds(lastErrorAt), action: "test" } as const;
  const error = lastError === null ? "its server does not work" : faultWords(lastError);
  if (pause === undefined) {
    const reason = `The account had ${times(faults, "fault")} in a row, the last: ${sentence(error)} It is tried with one message at a time until one goes through.`;
    return { ...fault, kind: "account_failing", reason };
  }
  const next = pause.until === null ? "" : ` in ${inTime(pause.until - now)}`;
  const reason = `The account pauses after ${times(faults, "fault")} of its own: ${sentence(error)} It is tried again by itself${next}; until then its mail waits, and none of it is lost.`;
  return { ...fault, kind: "account_paused", reason };
}

export function tenantAttention({ tenantId, waiting }: TenantRow): Attention {
  const wait = waiting === 1 ? "waits until it is, or until it expires" : "wait until it is, or until they expire";
  const reason = `The tenant is not active: ${times(waiting, "message")} of it ${wait}.`;
  return { ...NOBODY, kind: "tenant_inactive", tenant_id: tenantId, waiting, reason, action: "edit" };
}

export function suspensionAttention({ tenantId, batchCode, since, waiting }: SuspensionRow): Attention {
  const isWhole = batchCode === "*";
  const what = isWhole ? "The tenant is suspended" : "The batch is suspended";
  const reason = `${what}: what waits goes when somebody activates it, and expires if nobody does.`;
  const whose = { tenant_id: tenantId, batch_code: isWhole ? null : batchCode };
  return {
    ...NOBODY,
    ...whose,
    kind: "batch_suspended",
    since_ts: seconds(since),
    waiting,
    reason,
    action: "activate",
  };
}

export function reportsAttention(row: ReportsRow, now: number): Attention {
  const { tenantId, failures, lastError, lastOkAt, retryAt, oldest, waiting } = row;
  const whose = { ...NOBODY, tenant_id: tenantId, waiting, action: "run_now" } as const;
  if (failures > 0) {
    const next = retryAt === null || retryAt <= now ? "at once" : `in ${inTime(retryAt - now)}`;
    const reason = `The tenant's endpoint for reports has failed ${times(failures, "time")} in a row: ${sentence(lastError ?? "it gave no answer")} It is called again by itself ${next}; its reports wait.`;
    return { ...whose, kind: "tenant_endpoint_failing", since_ts: seconds(lastOkAt), reason };
  }
  const age = inTime(now - (oldest ?? now));
  const wait = waiting === 1 ? `has waited for ${age}` : `wait, the oldest for ${age}`;
  const reason = `${waiting >= COUNTED ? "1,000 reports or more" : times(waiting, "report")} for the tenant ${wait}, though its endpoint has not failed: reports come in faster than it takes them, or nobody reports.`;
  return { ...whose, kind: "reports_waiting", since_ts: seconds(oldest), reason };
}

export function webhookAttention(row: WebhookRow, now: number): Attention {
  const { id, tenantId, status, disabledReason, disabledAt, failingSince, failures, waiting } = row;
  const whose = { ...NOBODY, tenant_id: tenantId, webhook_id: id, waiting };
  if (status === "disabled") {
    const reason = `The webhook was disabled: ${sentence(disabledReason ?? "it took nothing")} What happens is kept as missed, and can be replayed once it is enabled.`;
    return { ...whose, kind: "webhook_disabled", since_ts: seconds(disabledAt), reason, action: "enable" };
  }
  const reason = `The webhook's endpoint has taken nothing for ${inTime(now - (failingSince ?? now))}, in ${times(failures, "call")}. It is tried again by itself, ever more rarely.`;
  return { ...whose, kind: "webhook_failing", since_ts: seconds(failingSince), reason, action: "test" };
}

/** Undefined where it is read, here or by another process. */
export function mailboxAttention(mailbox: MailboxState, now: number): Attention | undefined {
  const { state, tenantId, accountId, lastError, lastReadAt, retryAt } = mailbox;
  if (state !== "failing") return undefined;
  const whose = accountId === null ? "The mailbox for bounces" : "The account's mailbox for receipts";
  const next = retryAt === null || retryAt <= now ? "soon" : `in ${inTime(retryAt - now)}`;
  const reason = `${whose} cannot be read: ${sentence(lastError ?? "it does not answer")} It is tried again by itself ${next}.`;
  const names = { tenant_id: tenantId, account_id: accountId, since_ts: seconds(lastReadAt) };
  return { ...NOBODY, ...names, kind: "mailbox_failing", reason, action: accountId === null ? "retry" : "edit" };
}

/** `since`: Unix milliseconds. */
export function noWorkerAttention(since: number): Attention {
  const reason =
    "Messages are due and nobody sends them: this process only takes messages in, and no other one has any under way. Start one that sends, or let this one (MAIL_PROXY_SCHEDULER_ACTIVE).";
  return { ...NOBODY, kind: "no_worker", since_ts: seconds(since), reason, action: null };
}

export function waitingAttention({ tenantId, accountId, since }: Head, now: number, sends: boolean): Attention {
  const reason = `The first message in the account's line has waited for ${inTime(now - since)}, and neither a limit nor a pause says why: more came in than its server takes, or nobody sends.`;
  const whose = { tenant_id: tenantId, account_id: accountId, since_ts: seconds(since) };
  return { ...NOBODY, ...whose, kind: "waiting_long", reason, action: sends ? "run_now" : null };
}

/** Undefined where something else than a limit holds it back, which is told by itself. */
export function limitAttention({ tenantId, accountId, since, limit }: Head, now: number): Attention | undefined {
  if (limit === null) return undefined;
  const isOwn = limit.of === "account";
  const next = limit.nextAt === null || limit.nextAt <= now ? "" : `, the next one in ${inTime(limit.nextAt - now)}`;
  const reason = `The ${limit.of} has sent as much as its limit allows, and the first message in line has waited for ${inTime(now - since)}. Mail goes on by itself as the limit allows${next}; a higher limit lets it go sooner.`;
  const whose = { tenant_id: tenantId, account_id: isOwn ? accountId : null, since_ts: seconds(since) };
  return { ...NOBODY, ...whose, kind: "limit_reached", reason, action: "edit" };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}

function times(count: number, name: string): string {
  return `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
}

/** What somebody else said, so that another sentence can follow. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const UNITS: [ms: number, name: string][] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];

/** In the largest unit that it fills. */
function inTime(ms: number): string {
  const [size, name] = UNITS.find(([one]) => ms >= one) ?? [1_000, "second"];
  return times(Math.max(Math.floor(ms / size), 1), name);
}
