/**
 * Takes stored files away once they have expired: from the store, then from the database.
 *
 * A few of each tenant at a time, side by side with the others': a store that does not answer keeps nobody but its own.
 */
import { getLogger } from "@logtape/logtape";
import { type Database, json, rows } from "../db/database.ts";
import { openSealedStore } from "../security/sealed-store.ts";
import type { Vault } from "../security/vault.ts";
import { AttachmentError } from "./content.ts";
import { openStore, type Surroundings } from "./stores/index.ts";

const log = getLogger(["mail-proxy", "attachments"]);

/** Who began to download a file just before its end reads on. */
const GRACE_MS = 3_600_000;
/** So long a store is asked again to delete a file; what it keeps then is its owner's to look after. */
const PATIENCE_MS = 7 * 86_400_000;
/** Of one tenant at once. */
const EACH = 10;
const TIMEOUT_MS = 10_000;

export interface SweepOptions {
  db: Database;
  vault: Vault;
  surroundings: Surroundings;
  now: number;
  /** At most so many files: requests to stores. */
  limit: number;
}

interface Expired {
  id: string;
  tenantId: string;
  store: string;
  path: string;
  expiresAt: number;
}

// By turns: the first of each tenant, then the second of each. Of many tenants at a time chance decides who comes first.
export const EXPIRED = `
  select id, tenantId, store, path, expiresAt from (
    select id, tenant_id as tenantId, store, path, expires_at as expiresAt,
      row_number() over (partition by tenant_id order by expires_at) as turn
    from files where expires_at is not null and expires_at <= :due)
  where turn <= ${EACH} order by turn, random() limit :limit`;

/** Answers whether there may be more to take away at once. Never throws for a store: what failed comes again. */
export async function sweepFiles(options: SweepOptions): Promise<{ more: boolean }> {
  const { db, now, limit } = options;
  if (limit <= 0) return { more: false };
  const found = await rows<Expired>(db, EXPIRED, { due: now - GRACE_MS, limit });
  if (found.length === 0) return { more: false };
  const tenants = new Set(found.map(({ tenantId }) => tenantId));
  const filesOf = (tenant: string) => found.filter(({ tenantId }) => tenantId === tenant);
  const gone = (await Promise.all([...tenants].map((tenant) => sweepTenant(filesOf(tenant), options)))).flat();
  const ids = json(gone.map(({ id }) => id));
  if (gone.length > 0) await rows(db, "delete from files where id in (select value from json_each(:ids))", { ids });
  return { more: gone.length === found.length && found.length >= Math.min(EACH, limit) };
}

/** In turn, up to the first failure; answers those whose rows may go. */
async function sweepTenant(files: readonly Expired[], options: SweepOptions): Promise<Expired[]> {
  for (const [at, file] of files.entries()) {
    const fault = await deleteFile(file, options);
    if (fault === undefined) continue;
    const { tenantId } = file;
    const fields = { tenant_id: tenantId, reason: fault };
    log.warning("an expired file of tenant {tenant_id} cannot be deleted: {reason}", fields);
    return files.filter((other, place) => place < at || other.expiresAt <= options.now - PATIENCE_MS);
  }
  return [...files];
}

/** Answers why it could not be deleted. */
async function deleteFile(
  { store, path }: Expired,
  { vault, surroundings }: SweepOptions,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const opened = openStore(await openSealedStore(vault, store), surroundings);
    await opened.delete(path, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) return "the store does not answer in time";
    if (error instanceof AttachmentError) return error.message;
    throw error;
  }
}
