/**
 * Which tenants are due for a report call, and when the next one will be.
 *
 * Due is whoever has been asked for (run-now, or an application with more to hand over); else, once a failing endpoint
 * has rested, whoever has an event that may be told or has not been called for the interval. Nobody while a call runs.
 */
import { type Database, rows } from "../db/database.ts";
import { type Callees, NEVER, STANDINGS } from "./due.ts";

/** A tenant without a sync URL is never called; one that no call has been made for yet has no row in `syncs`. */
export const CALLABLE = "t.client_base_url is not null and t.active = 1";

const DUE_AT = `
  max(ifnull(s.lease_until, 0), case when s.requested then 0 else max(ifnull(s.retry_at, 0), min(
    ifnull(s.idle_due_at, 0),
    ifnull((select min(e.report_at) from events e where e.tenant_id = t.id and e.report_at is not null), ${NEVER})
  )) end)`;

/** How the last call went. */
const STANDING = `case when s.failures > 0 then ${STANDINGS.indexOf("failing")}
  when s.last_ok_at is null then ${STANDINGS.indexOf("unknown")} else ${STANDINGS.indexOf("answering")} end`;

const COLUMNS = `select t.id, ${STANDING} as standing, ${DUE_AT} as due_at`;

const ALL = `${COLUMNS} from tenants t left join syncs s on s.tenant_id = t.id where ${CALLABLE}`;
const SOME = `
  ${COLUMNS} from json_each(:tenants) w cross join tenants t on t.id = w.value left join syncs s on s.tenant_id = t.id
  where ${CALLABLE}`;

/** Who may be called with reports. */
export const TENANTS: Callees = { all: ALL, some: SOME };

const REQUEST = `
  insert into syncs (tenant_id, requested) select t.id, 1 from tenants t where t.id = :tenant and ${CALLABLE}
  on conflict (tenant_id) do update set requested = 1
  returning tenant_id`;

/** Asks for a call to a tenant now, whatever was agreed about idle calls or rest; false if it has no sync URL or is inactive. */
export async function requestSync(db: Database, tenant: string): Promise<boolean> {
  return (await rows(db, REQUEST, { tenant })).length > 0;
}
