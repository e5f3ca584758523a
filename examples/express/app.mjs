/**
 * A shop that confirms orders by mail, with the invoice attached, on Express.
 *
 * 1. POST /orders                 keeps the order, and hands its confirmation to the proxy
 * 2. POST /mail/attachments       serves the invoice when the proxy is about to send it
 * 3. POST /mail/delivery-report   takes the reports, and hands over what still waits
 * 4. GET  /orders/:number         tells how the confirmation stands
 */
import express from "express";
import { addMessages, signed, withSharedSecret } from "./mail-proxy.mjs";

const BATCH_SIZE = 100;
const QUIET_SECONDS = 600;
const INVOICE_VERSION = "2";

/** By the id of the confirmation. A real shop keeps both in its database, so that they outlive a restart. */
const orders = new Map();
const seenEvents = new Set();
/** Numbers go on from the clock: a shop that starts again gives none twice. */
let lastNumber = Date.now();

const app = express();

app.post("/orders", express.json(), async (request, response) => {
  const number = ++lastNumber;
  orders.set(`order-${number}`, { number, email: request.body.email, mail: "waiting" });
  await handOver();
  response.status(201).json({ number });
});

app.get("/orders/:number", (request, response) => {
  const order = orders.get(`order-${request.params.number}`);
  if (order === undefined) response.status(404).json({ error: "not found" });
  else response.json(order);
});

// The fields of the attachment's storage_path come as a form. A 404 fails the mail for good; a 5xx is tried again.
app.post("/mail/attachments", withSharedSecret, express.urlencoded({ extended: false }), (request, response) => {
  const { invoice_id, v } = request.body ?? {};
  const order = orders.get(`order-${invoice_id}`);
  if (order === undefined || v !== INVOICE_VERSION) response.status(404).json({ error: "not found" });
  else response.attachment(`invoice-${order.number}.txt`).send(invoice(order));
});

// The body as bytes: a signature is over what arrived, not over what a parser made of it.
const rawJson = express.raw({ type: "application/json", limit: "20mb" });

app.post("/mail/delivery-report", withSharedSecret, rawJson, signed, async (request, response) => {
  const { delivery_report } = JSON.parse(request.body);
  const unknown = delivery_report.filter((report) => !takeReport(report));
  response.json({
    ok: true,
    queued: await handOver(),
    next_sync_after: Math.floor(Date.now() / 1000) + QUIET_SECONDS,
    error: [],
    not_found: unknown.map(({ id }) => id),
  });
});

/** Reports come at least once: what was seen before is acknowledged again and changes nothing. */
function takeReport(report) {
  const event = `${report.pk} ${report.event_id}`;
  const order = orders.get(report.id);
  if (order !== undefined && !seenEvents.has(event)) order.mail = outcomeOf(report) ?? order.mail;
  seenEvents.add(event);
  return order !== undefined;
}

function outcomeOf(report) {
  if (report.sent_ts) return "sent";
  if (report.error_ts) return `failed: ${report.error}`;
  if (report.bounce_ts) return `bounced: ${report.bounce_reason}`;
  return report.deferred_ts && `delayed: ${report.deferred_reason}`;
}

/**
 * Hands over the confirmations that wait; answers how many still do, for which the proxy calls again at once.
 * Where it cannot be reached they wait for the next order, or for the proxy's next call.
 */
async function handOver() {
  const waiting = [...orders.values()].filter(({ mail }) => mail === "waiting");
  const batch = waiting.slice(0, BATCH_SIZE);
  if (batch.length === 0) return 0;
  try {
    await addMessages(batch.map(confirmation));
  } catch (error) {
    console.error(`${waiting.length} confirmations wait:`, error);
    return 0;
  }
  // Those whose report was quicker than this keep what it said.
  for (const order of batch) if (order.mail === "waiting") order.mail = "queued";
  return waiting.length - batch.length;
}

/** The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice. */
function confirmation({ number, email }) {
  return {
    id: `order-${number}`,
    from: "Shop <shop@example.com>",
    to: email,
    subject: `Your order ${number}`,
    text: "Thank you. We are packing it. The invoice is attached.",
    attachments: [
      {
        filename: `invoice-${number}.txt`,
        fetch_mode: "endpoint",
        storage_path: `invoice_id=${number}&v=${INVOICE_VERSION}`,
      },
    ],
  };
}

function invoice({ number, email }) {
  return Buffer.from(`Invoice ${number}\nfor ${email}\n\n1 parcel  12.50 €\n`);
}

const server = app.listen(Number(process.env.PORT ?? 5000), "127.0.0.1", () => {
  console.log(`the shop is at http://127.0.0.1:${server.address().port}`);
});
