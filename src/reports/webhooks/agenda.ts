/** Which webhooks are due for a call, and when the next one will be: as soon as anything in the line may be tried, and nobody is at it. */
import { type Callees, NEVER, STANDINGS } from "../due.ts";

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

/** Whoever may be called with deliveries. */
export const WEBHOOKS: Callees = { all: ALL, some: SOME };
