/** What a pass over the queue begins with: who may send what now, and when time alone changes anything next. */
import type { InStatement, ResultSet } from "@libsql/client";
import type { Database } from "../db/database.ts";
import { storedSetting } from "../db/stored-setting.ts";
import { LIMIT_SLOTS, NEXT_SLOT_AT, SLOTS } from "./limits.ts";
import { type GivenUp, givenUp, NEXT_WAKE, wakeStatements } from "./schedule.ts";

/** An account that has something ready. */
export interface Candidate {
  accountKey: number;
  tenantId: string;
  accountId: string;
  /** Changes whenever the account does. */
  revision: number;
  host: string;
  port: number;
  tlsVerify: 0 | 1 | null;
  hasCa: 0 | 1;
  suppressSend: 0 | 1;
  batchSize: number | null;
  maxConnections: number | null;
  limitBehavior: "defer" | "reject";
  /** How many messages may be claimed now. */
  slots: number;
  /** How many its limits alone would allow. */
  limitSlots: number;
  /** When a limit that holds it back has room again (Unix ms). */
  nextSlotAt: number | null;
  pausedUntil: number | null;
  faults: number;
  /** It was deleted while messages of it were in flight; what came back waits for nobody. */
  deleted: 0 | 1;
}

/** SQL: `waiting (key)`, the accounts with something ready; from one to the next in the index, so that those without mail cost nothing. */
export const WAITING_ACCOUNTS = `
  with recursive waiting (key) as (
    select min(account_key) from messages where state = 'ready'
    union all
    select (select min(r.account_key) from messages r where r.state = 'ready' and r.account_key > w.key)
    from waiting w where w.key is not null
  )`;

const CANDIDATES = `
  ${WAITING_ACCOUNTS}
  select a.key as accountKey, a.tenant_id as tenantId, a.id as accountId, a.updated_at as revision,
    a.host, a.port, a.tls_verify as tlsVerify, a.ca is not null as hasCa, a.suppress_send as suppressSend, a.batch_size as batchSize, a.max_connections as maxConnections,
    a.limit_behavior as limitBehavior, a.paused_until as pausedUntil, a.faults, a.deleted_at is not null as deleted,
    ${SLOTS} as slots, ${LIMIT_SLOTS} as limitSlots, ${NEXT_SLOT_AT} as nextSlotAt
  from accounts a join tenants t on t.id = a.tenant_id
  where t.active and a.key in (select key from waiting)
    and not exists (select 1 from suspensions s where s.tenant_id = a.tenant_id and s.batch_code = '*')`;

/** What a look brings along of all accounts at once. */
const OVERVIEW = `select (${NEXT_WAKE}) as wake_at, (${storedSetting("bounce_return_path")}) as return_path`;

export interface View {
  /** When time alone changes a live message next (Unix ms); Infinity if there is none. */
  nextWakeAt: number;
  /** Every account with something ready, and how much of it may go now. */
  candidates: Candidate[];
  /** The instance's `bounce_return_path` as it is stored. */
  returnPath: string | null;
}

/** What somebody else wants to know as well, and what there is to know of it. */
export interface Alongside {
  statements: InStatement[];
  read(results: ResultSet[]): Promise<void> | void;
}

const NOTHING: Alongside = { statements: [], read: () => undefined };

/** One round trip, with what somebody else asks alongside. */
export async function look(db: Database, now: number, alongside = NOTHING): Promise<View> {
  const results = await db.client.batch([...lookStatements(now), ...alongside.statements], "read");
  return readView(results, alongside);
}

/** Also one round trip, after at most `limit` messages whose moment has come were woken (schedule.ts). */
export async function wakeAndLook(
  db: Database,
  now: number,
  { limit, retentionMs }: { limit: number; retentionMs: number },
  alongside = NOTHING,
): Promise<View & { givenUp: GivenUp[] }> {
  const wake = wakeStatements(now, limit, retentionMs);
  const results = await db.client.batch([...wake, ...lookStatements(now), ...alongside.statements], "write");
  const woken = results[wake.length - 1]!;
  return { ...(await readView(results.slice(wake.length), alongside)), givenUp: givenUp(woken) };
}

function lookStatements(now: number): InStatement[] {
  return [OVERVIEW, { sql: CANDIDATES, args: { now } }];
}

async function readView([overview, found, ...rest]: ResultSet[], alongside: Alongside): Promise<View> {
  await alongside.read(rest);
  const { wake_at, return_path } = overview!.rows[0]!;
  return {
    nextWakeAt: Number(wake_at ?? Number.POSITIVE_INFINITY),
    candidates: found!.rows as unknown[] as Candidate[],
    returnPath: return_path === null ? null : String(return_path),
  };
}
