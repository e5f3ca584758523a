/**
 * Claims the turn with a webhook, for one process among all, together with the head of its line.
 *
 * One write batch: the lease with a fresh fencing token, and all that the calls need. A webhook that is not due, or that
 * another process is at, stays as it is.
 */
import type { InStatement, ResultSet } from "@libsql/client";
import { batch, type Database } from "../../db/database.ts";
import { fencingToken } from "../../db/fencing.ts";
import { againIfUnknown } from "../../db/unknown-outcome.ts";
import { PENDING_AT } from "./agenda.ts";
import { TEST_EVENT } from "./event-types.ts";

/** Longer than a call and the pause before what came of it is written down, which extends it. What a line waits after a crash. */
export const LEASE_MS = 20_000;
/** Deliveries that one turn takes from the head of the line, and of those beside it. */
export const PAGE = 32;
const ASIDES = 5;

const TAKE = `
  update webhooks as w set token = :token, lease_until = :leaseUntil
  where w.id = :webhook and w.status = 'enabled' and (w.token = :token or (ifnull(w.lease_until, 0) <= :now and ${PENDING_AT} <= :now))`;

const READ_WEBHOOK = `
  select tenant_id, url, secret, case when secret_previous_until > :now then secret_previous end as secret_previous,
    public_only, failing_since, failures
  from webhooks where id = :webhook and token = :token`;

const IS_TEST = `d.type = '${TEST_EVENT}'`;

const DELIVERIES = `
  select d.seq, d.id, d.type, m.id as messageId, m.pk, m.request_id as requestId, d.payload, ${IS_TEST} as isTest, d.attempts, d.next_at as nextAt,
    ifnull((select max(a.number) from webhook_attempts a where a.delivery = d.seq), 0) as calls
  from webhook_deliveries d left join events e on e.id = d.event left join messages m on m.seq = e.message
  where d.webhook = :webhook and d.state = 'pending'
    and exists (select 1 from webhooks where id = :webhook and token = :token)`;

const READ_LINE = `${DELIVERIES} and d.aside = 0 order by d.seq limit :most`;
const READ_NEWEST = `${DELIVERIES} and d.aside = 0 order by d.seq desc limit 1`;
const READ_ASIDES = `${DELIVERIES} and d.aside = 1 and d.next_at <= :now order by ${IS_TEST} desc, d.next_at limit :most`;

/** A delivery that is to be made. */
export interface Delivery {
  seq: number;
  /** `webhook-id`. */
  id: string;
  type: string;
  /** The message that it is about, for the log; null of a test, and where it is gone. */
  messageId: string | null;
  pk: string | null;
  requestId: string | null;
  /** The body, byte for byte. */
  payload: string;
  /** Those that count. */
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number;
  /** How often it was called, early calls included. */
  calls: number;
  /** 1: somebody waits to see what becomes of it. */
  isTest: 0 | 1;
}

/** Where a webhook takes its deliveries; secrets are sealed. */
export interface WebhookEndpoint {
  url: string;
  /** The newest first; more than one while it is being replaced. */
  secrets: readonly string[];
  /** The tenant's own key named the URL: it is called at public addresses only, and what it answers is the tenant's to see. */
  publicOnly: boolean;
}

/** How an endpoint has fared since it last took something. */
export interface Health {
  /** Unix milliseconds; null while all is well. */
  failingSince: number | null;
  /** Calls in a row that it did not take. */
  failures: number;
}

/** A turn with a webhook; it is over when the lease is given back, or lost to another process. */
export interface Claim extends Health {
  webhook: string;
  tenant: string;
  /** Fencing token: only its holder can settle. */
  token: number;
  /** Unix milliseconds; what is to be tried by then counts as due. */
  at: number;
  endpoint: WebhookEndpoint;
  /** Oldest first, due or not. */
  line: Delivery[];
  /** The last of the whole line. */
  newest: Delivery | undefined;
  /** Those that are due of the ones that stand beside the line, tests first. */
  asides: Delivery[];
}

interface WebhookRow {
  tenant_id: string;
  url: string;
  secret: string;
  /** Null as soon as its time is over. */
  secret_previous: string | null;
  public_only: number;
  failing_since: number | null;
  failures: number;
}

/** The statements behind `claim`, in their order. */
export function claimStatements(webhook: string, token: number, now: number): InStatement[] {
  const turn = { webhook, token };
  return [
    { sql: TAKE, args: { ...turn, leaseUntil: now + LEASE_MS, now } },
    { sql: READ_WEBHOOK, args: { ...turn, now } },
    { sql: READ_LINE, args: { ...turn, most: PAGE } },
    { sql: READ_NEWEST, args: turn },
    { sql: READ_ASIDES, args: { ...turn, now, most: ASIDES } },
  ];
}

/** Takes the turn if something is due and nobody else has it. */
export async function claim(db: Database, webhook: string, now: number): Promise<Claim | undefined> {
  const token = fencingToken();
  // With the same token it does nothing more, and tells what was taken before.
  const statements = claimStatements(webhook, token, now);
  const [, webhooks, line, newest, asides] = await againIfUnknown(() => batch(db, statements));
  const [row] = rowsOf<WebhookRow>(webhooks);
  if (row === undefined) return undefined;
  return {
    webhook,
    token,
    at: now,
    tenant: row.tenant_id,
    endpoint: {
      url: row.url,
      secrets: [row.secret, row.secret_previous].filter((secret) => secret !== null),
      publicOnly: row.public_only === 1,
    },
    failingSince: row.failing_since,
    failures: row.failures,
    line: rowsOf<Delivery>(line),
    newest: rowsOf<Delivery>(newest)[0],
    asides: rowsOf<Delivery>(asides),
  };
}

function rowsOf<T>(result: ResultSet | undefined): T[] {
  return (result?.rows ?? []) as T[];
}
