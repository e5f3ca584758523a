/** The statements that write down what became of deliveries that were called: the log of the calls, and where each stands now. */
import type { InStatement } from "@libsql/client";
import { json } from "../../db/database.ts";
import type { Claim } from "./claim.ts";

/** The totals that `/metrics` shows. */
const COUNTER = {
  taken: "mail_proxy_webhook_deliveries_total",
  refused: "mail_proxy_webhook_failures_total",
} as const;

/** Calls that the log keeps of one delivery; the head of a line that nobody takes is called over and over. */
const KEPT_CALLS = 100;

/** SQL: the turn is still that of who writes. */
export const OURS = "exists (select 1 from webhooks where id = :webhook and token = :token)";

const LOG = `
  insert into webhook_attempts (delivery, number, at, duration_ms, status, answer, error)
  select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 from json_each(:calls)
  where ${OURS} on conflict do nothing`;

/** Right behind LOG: of what it wrote. */
const COUNT = `
  insert into counters (name, tenant_id, account_id, value) select :name, :tenant, '', changes() where changes() > 0
  on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;

const TRIM_LOG = `
  delete from webhook_attempts
  where (delivery, number) in (
    select a.delivery, a.number from json_each(:calls) c
    cross join webhook_attempts a on a.delivery = c.value->>0 and a.number <= c.value->>1 - ${KEPT_CALLS})`;

const DELIVERED = `
  update webhook_deliveries set state = 'delivered', attempts = r.value->>1, aside = r.value->>2, delivered_at = r.value->>3,
    next_at = null
  from json_each(:delivered) r where webhook_deliveries.seq = r.value->>0 and ${OURS}`;

const RESCHEDULED = `
  update webhook_deliveries set aside = 1, attempts = r.value->>1, next_at = r.value->>2,
    state = iif(r.value->>2 is null, 'failed', 'pending')
  from json_each(:aside) r where webhook_deliveries.seq = r.value->>0 and ${OURS}`;

/** One call, as the log keeps it. */
export interface LoggedCall {
  seq: number;
  number: number;
  /** Unix milliseconds. */
  at: number;
  durationMs: number;
  isTaken: boolean;
  status: number | null;
  answer: string | null;
  error: string | null;
}

/** What is to be written down. */
export interface Results {
  calls: LoggedCall[];
  /** `aside`: it went ahead of its line. */
  delivered: { seq: number; attempts: number; aside: boolean; at: number }[];
  /** From now on each is tried by its own schedule; without a next moment it has failed. */
  aside: { seq: number; attempts: number; nextAt: number | undefined }[];
}

/** Whose turn it is, with its fencing token. */
export type Turn = Pick<Claim, "webhook" | "token" | "tenant" | "at">;

/** The statements that write results down, in their order. */
export function resultStatements(turn: Turn, { calls, delivered, aside }: Results): InStatement[] {
  const { webhook, token, tenant } = turn;
  const fence = { webhook, token };
  const list: InStatement[] = [];
  for (const isTaken of [true, false]) {
    const logged = calls.filter((call) => call.isTaken === isTaken);
    if (logged.length === 0) continue;
    list.push(
      { sql: LOG, args: { ...fence, calls: json(logged.map(logRow)) } },
      { sql: COUNT, args: { name: COUNTER[isTaken ? "taken" : "refused"], tenant } },
    );
  }
  const long = calls.filter(({ number }) => number > KEPT_CALLS);
  if (long.length > 0) list.push({ sql: TRIM_LOG, args: { calls: json(long.map(logRow)) } });
  if (delivered.length > 0) {
    const done = delivered.map((one) => [one.seq, one.attempts, one.aside ? 1 : 0, one.at]);
    list.push({ sql: DELIVERED, args: { ...fence, delivered: json(done) } });
  }
  if (aside.length > 0) {
    const put = aside.map(({ seq, attempts, nextAt }) => [seq, attempts, nextAt ?? null]);
    list.push({ sql: RESCHEDULED, args: { ...fence, aside: json(put) } });
  }
  return list;
}

function logRow({ seq, number, at, durationMs, status, answer, error }: LoggedCall): unknown[] {
  return [seq, number, at, durationMs, status, answer, error];
}
