/** Sends a webhook something that no message stands behind, so that its owner sees whether it arrives. */
import { batch, type Database, json } from "../../db/database.ts";
import { againIfUnknown } from "../../db/unknown-outcome.ts";
import { newDeliveryId } from "./delivery-id.ts";
import { TEST_EVENT } from "./event-types.ts";

// It stands beside the line: what waits there while the endpoint is away would keep it waiting too.
const ENQUEUE = `
  insert into webhook_deliveries (id, webhook, type, payload, state, aside, next_at, created_at)
  select :id, w.id, '${TEST_EVENT}', :payload, 'pending', 1, :now, :now
  from webhooks w where w.id = :webhook and w.status = 'enabled'
  on conflict (id) do nothing`;

/** The rest after a failure is over for it, unless a call is under way. */
const END_REST = "update webhooks set lease_until = null where id = :webhook and token is null";

const READ = "select id from webhook_deliveries where id = :id";

export interface TestDelivery {
  /** Of the delivery, and its `webhook-id`. */
  id: string;
  /** The body, byte for byte. */
  payload: string;
}

/** A test for the webhook, to be called at once (`Webhooks.changed`); undefined where the webhook is gone or disabled. */
export async function enqueueTest(db: Database, webhook: string, now: number): Promise<TestDelivery | undefined> {
  const id = newDeliveryId();
  const payload = json({
    type: TEST_EVENT,
    created_at: new Date(now).toISOString(),
    data: { webhook_id: webhook, message: "This is a test: no email stands behind it." },
  });
  const [, , found] = await againIfUnknown(() =>
    batch(db, [
      { sql: ENQUEUE, args: { id, webhook, payload, now } },
      { sql: END_REST, args: { webhook } },
      { sql: READ, args: { id } },
    ]),
  );
  return found?.rows[0] === undefined ? undefined : { id, payload };
}
