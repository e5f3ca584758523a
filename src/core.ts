/** What everything stands on, commands that serve nothing too: database opened and migrated, vault opened, its key checked. */
import type { Client } from "@libsql/client";
import { type Config, ConfigError } from "./config.ts";
import { type Database, database } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import type { Ports } from "./ports.ts";
import { openVault, type Vault } from "./security/vault.ts";
import { checkKey } from "./tenancy/key-check.ts";

export interface Core {
  config: Config;
  ports: Ports;
  db: Database;
  vault: Vault;
  close(): Promise<void>;
}

/** Throws ConfigError where a setting is missing or does not fit the database. */
export async function openCore(config: Config, ports: Ports): Promise<Core> {
  const { databaseUrl, databaseToken, encryptionKey, synchronous } = config;
  if (databaseUrl === undefined) throw new ConfigError("MAIL_PROXY_DATABASE_URL is missing");
  if (encryptionKey === undefined) throw new ConfigError("MAIL_PROXY_ENCRYPTION_KEY is missing");
  const vault = await openVault(encryptionKey);
  const client = await ports.openDatabase({ url: databaseUrl, token: databaseToken, synchronous });
  const db = database(client);
  try {
    await migrate(db, ports.now());
    await checkKey(db, vault, ports.now());
  } catch (error) {
    client.close();
    throw error;
  }
  return { config, ports, db, vault, close: () => close(client, databaseUrl) };
}

/**
 * What stands in the log beside an embedded file goes into the file, as far as no other process is in the way, and the log is emptied.
 * SQLite would remove it with the last connection, but the driver lets a connection go only once the collector has taken each of
 * its statements. The first pass holds up nobody's writes, and leaves the second, which does, next to nothing.
 */
async function close(client: Client, url: string): Promise<void> {
  if (url.startsWith("file:"))
    for (const pass of ["passive", "truncate"]) await client.execute(`pragma wal_checkpoint(${pass})`);
  client.close();
}
