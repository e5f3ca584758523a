/** News of messages, and what follows from what is recorded anew: its event, who is suppressed from now on, the totals. */
import type { InArgs, InStatement } from "@libsql/client";
import { listed } from "../addresses/comparable.ts";
import { json } from "../db/database.ts";
import { type Happening, minuteOf, rollUp } from "../db/rollups.ts";
import { SUPERSEDING, type SuppressionSource } from "../db/suppressions.ts";

/** One piece of news about a message, to be told to its tenant. */
export interface Entry {
  /** Its `seq`. */
  message: number;
  pk: string;
  tenantId: string;
  /** Of the event. */
  type: string;
  /** What it was heard of, such as the kind and the recipient: of one message and one origin there is one event. */
  origin: string;
  /** In the field names of the report. */
  data: Record<string, unknown>;
  /** Only while the message still waits for a receipt (table pec_waits). */
  awaited?: boolean | undefined;
  /** Whom the tenant's mail does not go to from now on; who is on its list already stays there as he is. */
  suppress?: Suppress | undefined;
}

export interface Suppress {
  /** As the message spells it. */
  address: string;
  source: SuppressionSource;
  reason: string | null;
  /** Unix milliseconds; null: it stays. */
  expiresAt: number | null;
}

/** By event the total that it feeds, which `/metrics` shows, and what the plots show. */
const COUNTED: Record<string, [name: string, happening: Happening]> = {
  bounce: ["mail_proxy_bounces_total", "bounced"],
  complaint: ["mail_proxy_complaints_total", "complained"],
};

/** Of a list of rows that each begin with message and origin, those whose notice bears the token. */
const NEW_OF = (list: string) => `
  json_each(${list}) e cross join notices n on n.message = e.value->>0 and n.origin = e.value->>1 and n.token = :token`;

const EVENTS = `
  insert into events (tenant_id, message, type, at, data, report_at)
  select e.value->>2, n.message, e.value->>3, :now, e.value->4, :now from ${NEW_OF(":events")} where true order by e.key`;

// Who has expired is not on the list any more.
const SUPPRESSIONS = `
  insert into suppressions (tenant_id, address, spelled, source, reason, pk, created_at, expires_at)
  select e.value->>2, e.value->>3, e.value->>4, e.value->>5, e.value->>6, e.value->>7, :now, e.value->>8
  from ${NEW_OF(":suppressed")} where true order by e.key ${SUPERSEDING}
  where suppressions.expires_at <= :now`;

const TOTALS = `
  insert into counters (name, tenant_id, account_id, value)
  select :name, m.tenant_id, ifnull((select a.id from accounts a where a.key = m.account_key), ''), count(*)
  from ${NEW_OF(":counted")} cross join messages m on m.seq = n.message where true group by m.tenant_id, m.account_key
  on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;

const rollUpNews = (happening: Happening) =>
  rollUp(
    [happening],
    `select m.account_key, m.tenant_id, 1 as ${happening}
    from ${NEW_OF(":counted")} cross join messages m on m.seq = n.message`,
  );

/** For those of the entries whose notice bears the token; nothing for the others. */
export function newsStatements(entries: readonly Entry[], token: number, now: number): InStatement[] {
  const list: InStatement[] = [];
  const add = (sql: string, name: string, rows: unknown[][], args: Exclude<InArgs, unknown[]>) => {
    if (rows.length > 0) list.push({ sql, args: { ...args, token, [name]: json(rows) } });
  };
  add(EVENTS, "events", entries.map(eventRow), { now });
  add(SUPPRESSIONS, "suppressed", entries.flatMap(suppressionRow), { now });
  for (const [type, [name, happening]] of Object.entries(COUNTED)) {
    const counted = entries.filter((entry) => entry.type === type).map(({ message, origin }) => [message, origin]);
    add(TOTALS, "counted", counted, { name });
    add(rollUpNews(happening), "counted", counted, { minute: minuteOf(now) });
  }
  return list;
}

function eventRow({ message, origin, tenantId, type, data }: Entry): unknown[] {
  return [message, origin, tenantId, type, data];
}

function suppressionRow({ message, origin, tenantId, pk, suppress }: Entry): unknown[][] {
  if (suppress === undefined) return [];
  const { address, spelled } = listed(suppress.address);
  const { source, reason, expiresAt } = suppress;
  return [[message, origin, tenantId, address, spelled, source, reason, pk, expiresAt]];
}
