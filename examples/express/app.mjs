/**
 * A shop that confirms orders by mail, on Express.
 *
 * 1. POST /orders             queues the confirmation
 * 2. POST /mail-proxy/sync    takes the reports
 * 3. GET  /orders/:number     tells how the confirmation stands
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const { MAIL_PROXY_URL = "http://127.0.0.1:8000", MAIL_PROXY_KEY, WEBHOOK_SECRET, PORT = "5000" } = process.env;
if (!MAIL_PROXY_KEY || !WEBHOOK_SECRET) throw new Error("MAIL_PROXY_KEY and WEBHOOK_SECRET are needed");

/** By the id of the confirmation. A real shop keeps both in its database. */
const orders = new Map();
const seenEvents = new Set();

const app = express();

app.post("/orders", express.json(), async (request, response) => {
  const { email } = request.body;
  const number = orders.size + 1;
  orders.set(`order-${number}`, { email, mail: "queued" });
  await queueConfirmation(number, email);
  response.status(201).json({ number });
});

app.get("/orders/:number", (request, response) => {
  const order = orders.get(`order-${request.params.number}`);
  if (order === undefined) response.status(404).json({ error: "not found" });
  else response.json(order);
});

// The body as bytes: a signature is over what arrived, not over what a parser made of it.
app.post("/mail-proxy/sync", express.raw({ type: "application/json", limit: "5mb" }), signed, (request, response) => {
  takeReports(JSON.parse(request.body));
  response.json({ ok: true, queued: 0 });
});

/** The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice. */
async function queueConfirmation(number, email) {
  const message = {
    id: `order-${number}`,
    from: "Shop <shop@example.com>",
    to: email,
    subject: `Your order ${number}`,
    text: "Thank you. We are packing it.",
  };
  const answer = await fetch(`${MAIL_PROXY_URL}/commands/add-messages`, {
    method: "POST",
    headers: { "X-API-Token": MAIL_PROXY_KEY, "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [message] }),
  });
  const { ok, rejected, error } = await answer.json();
  if (!ok) throw new Error(`${message.id} was not queued: ${rejected?.[0]?.reason ?? error}`);
}

/** Reports come at least once: what was seen before is acknowledged again and changes nothing. */
function takeReports({ delivery_report }) {
  for (const report of delivery_report) {
    if (seenEvents.has(report.event_id)) continue;
    seenEvents.add(report.event_id);
    const order = orders.get(report.id);
    if (order !== undefined) order.mail = outcomeOf(report) ?? order.mail;
  }
}

function outcomeOf(report) {
  if (report.sent_ts) return "sent";
  if (report.error_ts) return `failed: ${report.error}`;
  return report.deferred_ts && `delayed: ${report.deferred_reason}`;
}

/** Standard Webhooks: HMAC-SHA256 over id, timestamp and the body as it arrived; at most five minutes old. */
function signed(request, response, next) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = request.headers;
  const key = Buffer.from(WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const mac = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(request.body ?? "")
    .digest("base64");
  const expected = Buffer.from(`v1,${mac}`);
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  const isOurs = signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (isFresh && isOurs) next();
  else response.status(401).json({ error: "not signed by the proxy" });
}

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`the shop is at http://127.0.0.1:${server.address().port}`);
});
