/**
 * A shop that confirms orders by mail, with the invoice attached: node:http and fetch, nothing to install.
 *
 * 1. POST /orders                 keeps the order, and hands its confirmation to the proxy
 * 2. POST /mail/attachments       serves the invoice when the proxy is about to send it
 * 3. POST /mail/delivery-report   takes the reports
 * 4. GET  /orders/{number}        tells how the confirmation stands
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const {
  MAIL_PROXY_URL = "http://127.0.0.1:8000",
  MAIL_PROXY_KEY,
  SHARED_SECRET,
  WEBHOOK_SECRET,
  PORT = "5000",
} = process.env;
if (!MAIL_PROXY_KEY || !SHARED_SECRET) throw new Error("MAIL_PROXY_KEY and SHARED_SECRET are needed");

/** By the id of the confirmation. A real shop keeps both in its database, so that they outlive a restart. */
const orders = new Map();
const seenEvents = new Set();
/** Numbers go on from the clock: a shop that starts again gives none twice. */
let lastNumber = Date.now();

async function placeOrder({ email }) {
  const order = { number: ++lastNumber, email, mail: "queued" };
  orders.set(`order-${order.number}`, order);
  await queue(confirmation(order));
  return { number: order.number };
}

/** Throws unless the proxy has it; what it refuses of a message comes back as a report. */
async function queue(message) {
  const answer = await fetch(`${MAIL_PROXY_URL}/commands/add-messages`, {
    method: "POST",
    headers: { "X-API-Token": MAIL_PROXY_KEY, "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [message] }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${message.id} was not queued: ${answer.status} ${await answer.text()}`);
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
      { filename: `invoice-${number}.txt`, fetch_mode: "endpoint", storage_path: `invoice_id=${number}&v=2` },
    ],
  };
}

/** The fields of the attachment's storage_path come as a form. A 404 fails the mail for good; a 5xx is tried again. */
function serveAttachment(form) {
  const order = form.get("v") === "2" ? orders.get(`order-${form.get("invoice_id")}`) : undefined;
  if (order === undefined) return notFound;
  const { number, email } = order;
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Disposition": `attachment; filename="invoice-${number}.txt"`,
  };
  return { status: 200, headers, body: `Invoice ${number}\nfor ${email}\n\n1 parcel  12.50 €\n` };
}

/** Reports come at least once: what was seen before is acknowledged again and changes nothing. */
function takeReports({ delivery_report }) {
  for (const report of delivery_report) {
    const event = `${report.pk} ${report.event_id}`;
    const order = orders.get(report.id);
    if (order !== undefined && !seenEvents.has(event)) order.mail = outcomeOf(report) ?? order.mail;
    seenEvents.add(event);
  }
  const ids = delivery_report.map(({ id }) => id);
  return { ok: true, queued: 0, error: [], not_found: ids.filter((id) => !orders.has(id)) };
}

function outcomeOf(report) {
  if (report.sent_ts) return "sent";
  if (report.error_ts) return `failed: ${report.error}`;
  if (report.bounce_ts) return `bounced: ${report.bounce_reason}`;
  return report.deferred_ts && `delayed: ${report.deferred_reason}`;
}

/** Standard Webhooks: HMAC-SHA256 over id, timestamp and the body as it arrived; at most five minutes old. */
function isSigned(headers, body) {
  if (!WEBHOOK_SECRET) return true; // The tenant has none: the shared secret alone tells who calls.
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  const key = Buffer.from(WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return key.length > 0 && isFresh && signatures.split(" ").some((signature) => areSame(signature, `v1,${mac}`));
}

/** In constant time: hashes are of one length, whatever was given. */
function areSame(given, expected) {
  const [one, other] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one, other);
}

const json = (status, answer) => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(answer),
});
const notFound = json(404, { error: "not found" });
const notTheProxy = json(401, { error: "not the proxy" });

async function answerTo({ method, url, headers }, body) {
  const call = `${method} ${url}`;
  if (call === "POST /orders") return json(201, await placeOrder(JSON.parse(body)));
  if (url.startsWith("/mail/") && !areSame(headers.authorization ?? "", `Bearer ${SHARED_SECRET}`)) return notTheProxy;
  if (call === "POST /mail/attachments") return serveAttachment(new URLSearchParams(body.toString()));
  if (call === "POST /mail/delivery-report") {
    return isSigned(headers, body) ? json(200, takeReports(JSON.parse(body))) : notTheProxy;
  }
  const order = orders.get(`order-${/^GET \/orders\/(\d+)$/.exec(call)?.[1]}`);
  return order === undefined ? notFound : json(200, order);
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  const { status, headers, body } = await answerTo(request, await bodyOf(request)).catch((error) => {
    console.error(error);
    return json(500, { error: "something went wrong" });
  });
  response.writeHead(status, headers).end(body);
});

server.listen(Number(PORT), "127.0.0.1", () => console.log(`the shop is at http://127.0.0.1:${server.address().port}`));
