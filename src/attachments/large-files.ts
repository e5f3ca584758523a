/** Rows of stored files: each stands there before its bytes do, so that what a crash leaves behind is found and swept. */
import { type Database, rows } from "../db/database.ts";

/** One stored file; times in Unix milliseconds. */
export interface FileRow {
  id: string;
  tenantId: string;
  pk: string;
  /** Of the attachment in its message. */
  position: number;
  /** The store, sealed (security/sealed-store.ts). */
  store: string;
  path: string;
  filename: string;
  mimeType: string;
  /** Bytes; 0 until all of it is stored. */
  size: number;
  createdAt: number;
  /** Null: kept for ever. */
  expiresAt: number | null;
}

const COLUMNS = `id, tenant_id as tenantId, pk, position, store, path, filename, mime_type as mimeType, size,
  created_at as createdAt, expires_at as expiresAt`;

/**
 * What attempts at this message have begun to store. A message that was replaced since keeps its pk: what was stored for its
 * former content is let go of first, and ends as its link does, which may have been sent.
 */
export async function filesOf(db: Database, pk: string, messageCreatedAt: number): Promise<FileRow[]> {
  const found = await rows<FileRow>(db, `select ${COLUMNS} from files where pk = :pk`, { pk });
  if (found.every(({ createdAt }) => createdAt >= messageCreatedAt)) return found;
  const detach = "update files set pk = id where pk = :pk and created_at < :messageCreatedAt";
  await rows(db, detach, { pk, messageCreatedAt });
  return found.filter(({ createdAt }) => createdAt >= messageCreatedAt);
}

const BEGIN = `
  insert into files (id, tenant_id, pk, position, store, path, filename, mime_type, size, created_at, expires_at)
  values (:id, :tenantId, :pk, :position, :store, :path, :filename, :mimeType, :size, :createdAt, :expiresAt)
  on conflict (pk, position) do update set pk = excluded.pk
  returning ${COLUMNS}`;

/** Of two attempts side by side the first one's row stands, and both go on with it. */
export async function beginFile(db: Database, file: FileRow): Promise<FileRow> {
  const [begun] = await rows<FileRow>(db, BEGIN, { ...file });
  return begun!;
}

/** All of its bytes are in the store. */
export async function completeFile(db: Database, id: string, size: number): Promise<void> {
  await rows(db, "update files set size = :size where id = :id", { id, size });
}

/** For a download: undefined where there is none, or its end has come. */
export async function findFile(db: Database, id: string, now: number): Promise<FileRow | undefined> {
  const find = `select ${COLUMNS} from files where id = :id and size > 0 and coalesce(expires_at > :now, true)`;
  const [file] = await rows<FileRow>(db, find, { id, now });
  return file;
}

const DAY_MS = 86_400_000;

// With the first download begins the rest of its life, if the tenant wishes so; a later one would give it a later end.
const COUNT = `
  update files set downloads = downloads + 1, downloaded_at = coalesce(downloaded_at, :now), expires_at = coalesce(
    (select min(coalesce(files.expires_at, ${Number.MAX_SAFE_INTEGER}),
        :now + ${DAY_MS} * json_extract(t.large_file_config, '$.lifespan_after_download_days'))
      from tenants t where t.id = files.tenant_id), expires_at)
  where id = :id`;

export async function countDownload(db: Database, id: string, now: number): Promise<void> {
  await rows(db, COUNT, { id, now });
}
