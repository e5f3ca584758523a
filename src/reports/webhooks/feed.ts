/**
 * Brings events into the lines of the webhooks that want them.
 *
 * `webhook_feed` has the last event that is in the lines. One pass reads what has happened since (news.ts), makes each body,
 * and in one batch inserts the deliveries and moves on, unless another process has: so each event comes into a line once, in
 * order. What settles messages knows nothing of it, and where there are no webhooks it stands still.
 */
import { batch, type Database, json } from "../../db/database.ts";
import { againIfUnknown } from "../../db/unknown-outcome.ts";
import { webhookBody } from "./body.ts";
import { newDeliveryId } from "./delivery-id.ts";
import { type News, readNews } from "./news.ts";

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
  const news = await readNews(db);
  if (news === undefined) return { areThereWebhooks: false, tenants: [], more: false };
  const { before, after, told, more } = news;
  const deliveries = told.flatMap(deliveriesOf);
  // What nobody wants is read again rather than written about, as long as it is little.
  if (deliveries.length > 0 || more) {
    await againIfUnknown(() =>
      batch(db, [
        { sql: INSERT, args: { deliveries: json(deliveries), before, now } },
        { sql: MOVE_ON, args: { after, before } },
      ]),
    );
  }
  const tenants = new Set(told.map(({ event }) => event.tenant_id));
  return { areThereWebhooks: true, tenants: [...tenants], more };
}

/** One for each webhook of its tenant that wants it. */
function deliveriesOf({ event, webhooks }: News["told"][number]): unknown[][] {
  const body = webhookBody(event);
  return body === undefined
    ? []
    : webhooks.map((webhook) => [newDeliveryId(), webhook, event.id, body.type, body.payload]);
}
