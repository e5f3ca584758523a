/** Signs a report call by Standard Webhooks: with the tenant's secret, and while it is being replaced with the one before too. */
import { decodeBase64 } from "hono/utils/encode";
import { Webhook } from "standardwebhooks";
import type { Vault } from "../security/vault.ts";

/**
 * The three headers of a signed call; undefined where the newest secret is unusable. An older one that is unusable is left
 * out, since nobody can have checked a signature with it.
 *
 * `secrets` are sealed, the newest first; `now`, the moment of this attempt, in Unix milliseconds.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-metadata
 */
export async function signatureHeaders(
  vault: Vault,
  secrets: readonly string[],
  { id, body, now }: { id: string; body: string; now: number },
): Promise<Record<string, string> | undefined> {
  const keys = await Promise.all(secrets.map((secret) => keyOf(vault, secret)));
  if (keys[0] === undefined) return undefined;
  const usable = keys.filter((key) => key !== undefined);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": usable
      .map((key) => new Webhook(key, { format: "raw" }).sign(id, new Date(now), body))
      .join(" "),
  };
}

/**
 * The key in `whsec_` and base64, decoded by the platform: the library would refuse a secret with a space at its end, which
 * has always been taken, as shorter ones than the 24 to 64 bytes of the specification are. Undefined where there is none.
 */
export function signingKey(secret: string): Uint8Array | undefined {
  try {
    const key = decodeBase64(secret.replace(/^whsec_/, ""));
    return key.byteLength === 0 ? undefined : key;
  } catch {
    return undefined; // What was thrown might show the secret.
  }
}

/** Undefined where another encryption key has sealed it, too. */
async function keyOf(vault: Vault, sealed: string): Promise<Uint8Array | undefined> {
  const secret = await vault.open(sealed).catch(() => undefined);
  return secret === undefined ? undefined : signingKey(secret);
}
