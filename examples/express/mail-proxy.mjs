/** The way to mail-proxy and back: hands messages over, and lets through only the proxy's own calls. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const { MAIL_PROXY_URL = "http://127.0.0.1:8000", MAIL_PROXY_KEY, SHARED_SECRET, WEBHOOK_SECRET } = process.env;
if (!MAIL_PROXY_KEY || !SHARED_SECRET) throw new Error("MAIL_PROXY_KEY and SHARED_SECRET are needed");

/** Queues the messages; throws unless the proxy has them. What it refuses of them comes back as a report. */
export async function addMessages(messages) {
  const answer = await fetch(`${MAIL_PROXY_URL}/commands/add-messages`, {
    method: "POST",
    headers: { "X-API-Token": MAIL_PROXY_KEY, "Content-Type": "application/json" },
    body: JSON.stringify({ messages }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`the proxy answered ${answer.status}: ${await answer.text()}`);
}

/** RFC 6750 2.1: goes before anything reads the body. */
export function withSharedSecret(request, response, next) {
  if (areSame(request.headers.authorization ?? "", `Bearer ${SHARED_SECRET}`)) next();
  else response.status(401).json({ error: "not the proxy" });
}

/** Standard Webhooks: HMAC-SHA256 over id, timestamp and the body as it arrived; at most five minutes old. */
export function signed(request, response, next) {
  // Where the tenant has no webhook_secret, the shared secret alone tells who calls.
  if (!WEBHOOK_SECRET) return next();
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = request.headers;
  const key = Buffer.from(WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const mac = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(request.body ?? "")
    .digest("base64");
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  const isOurs = signatures.split(" ").some((signature) => areSame(signature, `v1,${mac}`));
  if (isFresh && isOurs) next();
  else response.status(401).json({ error: "not signed by the proxy" });
}

/** In constant time: hashes are of one length, whatever was given. */
function areSame(given, expected) {
  const [one, other] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one, other);
}
