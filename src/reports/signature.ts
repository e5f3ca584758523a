/** Signs a report call by Standard Webhooks: HMAC-SHA256 over id, timestamp and body. */
import { decodeBase64, encodeBase64 } from "hono/utils/encode";

const encoder = new TextEncoder();

/**
 * The three headers of a signed call; `now` in Unix milliseconds. Throws on a secret that is not `whsec_<base64>`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function signatureHeaders(
  secret: string,
  id: string,
  body: string,
  now: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const bytes = decodeBase64(secret.replace(/^whsec_/, ""));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${id}.${timestamp}.${body}`));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${encodeBase64(mac)}` };
}
