/**
 * Which tenants are due for a report call, and when the next one will be.
 *
 * Due is whoever has been asked for (run-now, or an application with more to hand over); else, once a failing endpoint
 * has rested, whoever has an event that may be told or has not been called for the interval. Nobody while a call runs.
 */
import type { InArgs, InStatement, Row } from "@libsql/client";
import { type Database, json, rows } from "../db/database.ts";

const NEVER = 9e15;

/** A tenant without a sync URL is never called; one that no call has been made for yet has no row in `syncs`. */
export const CALLABLE = "t.client_base_url is not null and t.active = 1";

const DUE_AT = `
  max(ifnull(s.lease_until, 0), case when s.requested then 0 else max(ifnull(s.retry_at, 0), min(
    ifnull(s.idle_due_at, 0),
    ifnull((select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null), ${NEVER})
  )) end)`;

/** How the last call went: a position in `STANDINGS`. */
const STANDING = "case when s.failures > 0 then 2 when s.last_ok_at is null then 1 else 0 end";

const COLUMNS = `select t.id, ${STANDING} as standing, ${DUE_AT} as due_at`;

const ALL = `${COLUMNS} from tenants t left join syncs s on s.tenant_id = t.id where ${CALLABLE}`;
const SOME = `
  ${COLUMNS} from json_each(:tenants) w cross join tenants t on t.id = w.value left join syncs s on s.tenant_id = t.id
  where ${CALLABLE}`;

/** Those who answered last time first: with more tenants due than calls allowed, the dead ones wait. */
const due = (tenants: string) =>
  `select id, standing from (${tenants}) where due_at <= :now order by standing, due_at limit :most`;
const next = (tenants: string) =>
  `select min(due_at) as next from (${tenants}) where due_at > :now and due_at < ${NEVER}`;

/** What is known of an endpoint by its last call; the best first. One that has never answered may be dead as well. */
export const STANDINGS = ["answering", "unknown", "failing"] as const;
export type Standing = (typeof STANDINGS)[number];

export interface DueTenant {
  id: string;
  standing: Standing;
}

export interface Agenda {
  due: DueTenant[];
  /** Unix milliseconds of the first moment at which time alone makes another tenant due. */
  nextAt: number | undefined;
}

/** The statements behind `readAgenda`, over all tenants or over those that are named. */
export function agendaStatements(now: number, most: number, tenants?: readonly string[]): [InStatement, InStatement] {
  const source = tenants === undefined ? ALL : SOME;
  const args: InArgs = tenants === undefined ? { now } : { now, tenants: json(tenants) };
  return [
    { sql: due(source), args: { ...args, most } },
    { sql: next(source), args },
  ];
}

export async function readAgenda(
  db: Database,
  now: number,
  most: number,
  tenants?: readonly string[],
): Promise<Agenda> {
  const [dueRows, nextRows] = await db.client.batch(agendaStatements(now, most, tenants), "read");
  const nextAt = nextRows?.rows[0]?.next;
  return {
    due: (dueRows?.rows ?? []).map((row: Row) => ({ id: String(row.id), standing: STANDINGS[Number(row.standing)]! })),
    nextAt: typeof nextAt === "number" ? nextAt : undefined,
  };
}

const REQUEST = `
  insert into syncs (tenant_id, requested) select t.id, 1 from tenants t where t.id = :tenant and ${CALLABLE}
  on conflict (tenant_id) do update set requested = 1
  returning tenant_id`;

/** Asks for a call to a tenant now, whatever was agreed about idle calls or rest; false if it has no sync URL or is inactive. */
export async function requestSync(db: Database, tenant: string): Promise<boolean> {
  return (await rows(db, REQUEST, { tenant })).length > 0;
}
