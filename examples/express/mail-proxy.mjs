/** The way to mail-proxy and back: hands messages over, and lets through only the proxy's own calls. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Webhook } from "standardwebhooks";

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

// Where the tenant has no webhook_secret, the shared secret alone tells who calls.
const webhook = WEBHOOK_SECRET ? new Webhook(WEBHOOK_SECRET) : undefined;

/**
 * Goes behind the raw body: what is signed is what arrived, and when, at most five minutes ago. While the secret is being
 * replaced there are two signatures, and one of them is made with the secret that is here.
 */
export function signed(request, response, next) {
  try {
    webhook?.verify(request.body, request.headers);
  } catch {
    response.status(401).json({ error: "not signed by the proxy" });
    return;
  }
  next();
}

/** In constant time: hashes are of one length, whatever was given. */
function areSame(given, expected) {
  const [one, other] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one, other);
}
