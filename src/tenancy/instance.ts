/** Settings of the instance that are kept in the database, one row each, secrets sealed. */
import type { InStatement } from "@libsql/client";
import { like } from "drizzle-orm";
import { batch, type Database, json } from "../db/database.ts";
import { instance } from "../db/schema.ts";
import { SETTING_PREFIX, storedSetting } from "../db/stored-setting.ts";
import type { Vault } from "../security/vault.ts";
import type { Field } from "./patch.ts";

/** In the API's names; what is not set is missing. */
export type InstanceSettings = {
  name?: string;
  default_priority?: number;
  bounce_enabled?: boolean;
  bounce_imap_host?: string;
  bounce_imap_port?: number;
  bounce_imap_user?: string;
  bounce_imap_password?: string;
  bounce_imap_folder?: string;
  bounce_imap_ssl?: boolean;
  bounce_imap_tls_verify?: boolean;
  bounce_imap_ca?: string;
  /** Seconds. */
  bounce_poll_interval?: number;
  bounce_return_path?: string;
};

export type InstancePatch = { [K in keyof InstanceSettings]?: Field<InstanceSettings[K]> };

const SECRETS = new Set(["bounce_imap_password"]);

/** SQL: the stored default priority. */
export const DEFAULT_PRIORITY = storedSetting("default_priority");

const SET = `
  insert into instance (key, value, updated_at) values (:key, :value, :now)
  on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`;
const CLEAR = "delete from instance where key = :key";

/** Absent fields keep their value, null clears. */
export async function updateInstance(db: Database, vault: Vault, patch: InstancePatch, now: number): Promise<void> {
  const fields = Object.entries(patch).filter(([, value]) => value !== undefined);
  const statements = fields.map(async ([name, value]): Promise<InStatement> => {
    const key = SETTING_PREFIX + name;
    if (value === null) return { sql: CLEAR, args: { key } };
    const stored = SECRETS.has(name) ? await vault.seal(String(value)) : value;
    return { sql: SET, args: { key, value: json(stored), now } };
  });
  await batch(db, await Promise.all(statements));
}

/** Every setting, secrets opened: for use, not for showing. */
export async function readInstance(db: Database, vault: Vault): Promise<InstanceSettings> {
  const stored = await db.orm
    .select()
    .from(instance)
    .where(like(instance.key, `${SETTING_PREFIX}%`));
  const fields = stored.map(async ({ key, value }) => {
    const name = key.slice(SETTING_PREFIX.length);
    const parsed: unknown = JSON.parse(value);
    return [name, SECRETS.has(name) ? await vault.open(String(parsed)) : parsed];
  });
  return Object.fromEntries(await Promise.all(fields)) as InstanceSettings;
}

const UNSET = {
  ...{ name: null, default_priority: null },
  ...{ bounce_enabled: null, bounce_imap_host: null, bounce_imap_port: null, bounce_imap_user: null },
  ...{ bounce_imap_folder: null, bounce_imap_ssl: null, bounce_imap_tls_verify: null, bounce_imap_ca: null },
  ...{ bounce_poll_interval: null, bounce_return_path: null },
} satisfies Record<Exclude<keyof InstanceSettings, "bounce_imap_password">, null>;

/** As the outside sees them: what is not set is null, and of a secret only that there is one. */
export function instanceView({ bounce_imap_password, ...set }: InstanceSettings) {
  return { ...UNSET, ...set, has_bounce_imap_password: bounce_imap_password !== undefined };
}
