/** Tells at start, not at the first send, that the encryption key is not the one which this database was sealed with. */
import type { Row } from "@libsql/client";
import { ConfigError } from "../config.ts";
import { batch, type Database } from "../db/database.ts";
import type { Vault } from "../security/vault.ts";

const PROBE = "key_probe";

/** SQL: the probe; there is none before the first start. */
export const KEY_PROBE = `select value from instance where key = '${PROBE}'`;

/** The first start leaves a sealed probe, every start opens it; throws ConfigError where that fails. */
export async function checkKey(db: Database, vault: Vault, now: number): Promise<void> {
  // Of processes that start together one leaves its probe, and all of them open that one.
  const [, found] = await batch(db, [
    {
      sql: "insert into instance (key, value, updated_at) values (:key, :value, :now) on conflict do nothing",
      args: { key: PROBE, value: await vault.seal(PROBE), now },
    },
    KEY_PROBE,
  ]);
  await openKeyProbe(vault, found!.rows[0]!);
}

/** Throws ConfigError where the key does not open the probe. */
export async function openKeyProbe(vault: Vault, { value }: Row): Promise<void> {
  try {
    await vault.open(String(value));
  } catch (cause) {
    throw new ConfigError(
      "The encryption key is not the one that the secrets in this database were sealed with. Give the former key: " +
        "MAIL_PROXY_ENCRYPTION_KEY or, on a machine of yours, /run/secrets/encryption_key or the key file of the instance folder.",
      { cause },
    );
  }
}
