/** Opens what the reference has sealed, in the form that is ours too (security/vault.ts), where one of the keys fits. */
import { readFileSync } from "node:fs";
import { reason } from "../../errors.ts";
import { openVault, type Vault } from "../../security/vault.ts";
import { UsageError } from "../exit.ts";

/** A stored secret: what it is, that there is none, or that no key opens it. */
export type Opened = { secret: string | null } | { sealed: true };
export type Open = (stored: unknown) => Promise<Opened>;

const PREFIX = "ENC:";
const RAW_KEY_BYTES = 32;

/** Where several keys are there, each is tried: a secret that one of them opens was sealed with it. */
export function openWith(vaults: readonly Vault[]): Open {
  return async (stored) => {
    if (stored === null || stored === undefined || stored === "") return { secret: null };
    const text = String(stored);
    if (!text.startsWith(PREFIX)) return { secret: text };
    for (const vault of vaults) {
      const secret = await vault.open(text).catch(() => undefined); // of another key, or damaged: neither can be told
      if (secret !== undefined) return { secret };
    }
    return { sealed: true };
  };
}

/** Throws UsageError, which does not repeat the key. */
export async function vaultOf(key: string, flag: string): Promise<Vault> {
  try {
    return await openVault(key);
  } catch (cause) {
    throw new UsageError(`${flag} must be the key of the reference: ${RAW_KEY_BYTES} bytes, as base64`, { cause });
  }
}

/** The reference takes 32 bytes as they are from its file of secrets. */
export function keyIn(path: string): string {
  try {
    const bytes = readFileSync(path);
    return bytes.length === RAW_KEY_BYTES ? bytes.toString("base64") : bytes.toString("utf8").trim();
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reason(error)}`);
  }
}
