/**
 * Brings events into the lines of the webhooks that want them.
 *
 * `webhook_feed` has the last event that is in the lines. One pass reads what has happened since, makes each body, and in one
 * batch inserts the deliveries and moves on, unless another process has: so each event comes into a line once, in order.
 * What settles messages knows nothing of it, and where there are no webhooks it stands still.
 */
import { batch, type Database, json, rows } from "../../db/database.ts";
import { againIfUnknown } from "../../db/unknown-outcome.ts";
import { type FedEvent, webhookBody } from "./body.ts";
import { newDeliveryId } from "./delivery-id.ts";
import { TOLD_TYPES } from "./event-types.ts";

/** Events of one pass. */
export const PASS = 200;

/** Of an event that no webhook wants nothing is read but that it is there; of one, those that were there when it happened. */
export const READ = `
  select f.event as before, e.id, e.type, e.at, e.data, e.tenant_id, m.pk, m.id as message_id, m.created_at as accepted_at,
    a.id as account_id, p.subject,
    json_extract(p.content, '$.from', '$.to', '$.message_id', '$.tags', '$.metadata') as content,
    (select json_group_array(json_array(w.id, json(w.events))) from webhooks w
      where w.tenant_id = e.tenant_id and w.created_at <= e.at) as webhooks
  from webhook_feed f
    left join events e on e.id > f.event
    left join messages m on m.seq = e.message and e.type in (${TOLD_TYPES.map((type) => `'${type}'`).join(", ")})
      and exists (select 1 from webhooks w where w.tenant_id = e.tenant_id)
    left join payloads p on p.message = m.seq
    left join accounts a on a.key = m.account_key
  where f.id = 1 and exists (select 1 from webhooks)
  order by e.id limit :most`;

/** Not where another process was faster. */
const WHILE_THERE = "(select event from webhook_feed where id = 1) = :before";

export const INSERT = `
  insert into webhook_deliveries (id, webhook, event, type, payload, state, next_at, created_at)
  select r.value->>0, w.id, r.value->>2, r.value->>3, r.value->>4,
    iif(w.status = 'enabled', 'pending', 'missed'), iif(w.status = 'enabled', :now, null), :now
  from json_each(:deliveries) r cross join webhooks w on w.id = r.value->>1
  where ${WHILE_THERE} order by r.key
  on conflict do nothing`;

const MOVE_ON = `update webhook_feed set event = :after where id = 1 and ${WHILE_THERE}`;

type Row = { before: number; webhooks: string } & (FedEvent | { id: null });

/** An event that happened, its message still there. */
type Told = FedEvent & { before: number; webhooks: string };

export interface Fed {
  /** There are none: nothing needs to be looked at before one is made. */
  areThereWebhooks: boolean;
  /** Whose lines have grown. */
  tenants: string[];
  /** Events wait for another pass. */
  more: boolean;
}

/** One pass. */
export async function feed(db: Database, now: number): Promise<Fed> {
  const found = await rows<Row>(db, READ, { most: PASS });
  const more = found.length === PASS;
  const told = found.filter((row): row is Told => row.id !== null && row.pk !== null);
  const deliveries = told.flatMap(deliveriesOf);
  const [first] = found;
  const last = found.at(-1);
  // What nobody wants is read again rather than written about, as long as it is little.
  if (first !== undefined && last?.id != null && (deliveries.length > 0 || more)) {
    const { before } = first;
    await againIfUnknown(() =>
      batch(db, [
        { sql: INSERT, args: { deliveries: json(deliveries), before, now } },
        { sql: MOVE_ON, args: { after: last.id, before } },
      ]),
    );
  }
  const tenants = deliveries.length === 0 ? [] : [...new Set(told.map(({ tenant_id }) => tenant_id))];
  return { areThereWebhooks: first !== undefined, tenants, more };
}

/** One for each webhook of its tenant that wants it. */
function deliveriesOf(event: Told): unknown[][] {
  const body = webhookBody(event);
  if (body === undefined) return [];
  const webhooks = JSON.parse(event.webhooks) as [id: string, events: string[] | null][];
  return webhooks
    .filter(([, events]) => events === null || events.includes(body.type))
    .map(([webhook]) => [newDeliveryId(), webhook, event.id, body.type, body.payload]);
}
