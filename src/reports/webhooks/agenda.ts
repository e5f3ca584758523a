/** Which webhooks are due for a call, and when the next one will be: as soon as anything in the line may be tried, and nobody is at it. */
import type { InArgs, InStatement } from "@libsql/client";
import { type Database, json } from "../../db/database.ts";
import { STANDINGS, type Standing } from "../agenda.ts";

/** Unix milliseconds that never come. */
export const NEVER = 9e15;

const EARLIEST = (aside: 0 | 1) => `
  ifnull((select min(d.next_at) from webhook_deliveries d
    where d.webhook = w.id and d.aside = ${aside} and d.state = 'pending'), ${NEVER})`;

/** SQL, of the row `w` of `webhooks`: when the first of what is pending is to be tried. */
export const PENDING_AT = `min(${EARLIEST(0)}, ${EARLIEST(1)})`;

const COLUMNS = `
  select w.id, iif(w.failing_since is null, ${STANDINGS.indexOf("answering")}, ${STANDINGS.indexOf("failing")}) as standing,
    max(ifnull(w.lease_until, 0), ${PENDING_AT}) as due_at`;

const ALL = `${COLUMNS} from webhooks w where w.status = 'enabled'`;
const SOME = `
  ${COLUMNS} from json_each(:tenants) t cross join webhooks w on w.tenant_id = t.value where w.status = 'enabled'`;

/** Those that answered last time first: with more due than calls allowed, the dead ones wait. */
const due = (webhooks: string) =>
  `select id, standing from (${webhooks}) where due_at <= :now order by standing, due_at limit :most`;
const next = (webhooks: string) =>
  `select min(due_at) as next from (${webhooks}) where due_at > :now and due_at < ${NEVER}`;

export interface Agenda {
  due: { id: string; standing: Standing }[];
  /** Unix milliseconds of the first moment at which time alone makes another one due. */
  nextAt: number | undefined;
}

/** The statements behind `readAgenda`, over all webhooks or over those of the tenants that are named. */
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
    due: (dueRows?.rows ?? []).map((row) => ({ id: String(row.id), standing: STANDINGS[Number(row.standing)]! })),
    nextAt: typeof nextAt === "number" ? nextAt : undefined,
  };
}
