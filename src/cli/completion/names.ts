/** Names out of an instance's database for a shell that completes: what is there already, quickly, and nothing is made. */
import { existsSync } from "node:fs";
import { type Database, database, rows } from "../../db/database.ts";
import { endsWithin } from "../../dispatch/deadline.ts";
import { openDatabase } from "../../runtimes/database.ts";
import type { Instance } from "../home.ts";
import { settingsOf } from "../settings.ts";

/** Nobody waits for Tab: what a database far away does not tell by then is not offered. */
const PATIENCE_MS = 200;
/** Nobody reads more. */
const MOST = 100;

export function tenantIds(instance: Instance): Promise<string[]> {
  return idsIn(instance, "select id from tenants order by id limit :most", {});
}

export function accountIds(instance: Instance, tenantId: string): Promise<string[]> {
  const sql = "select id from accounts where tenant_id = :tenantId and deleted_at is null order by id limit :most";
  return idsIn(instance, sql, { tenantId });
}

/** The newest. */
export function messageIds(instance: Instance, tenantId: string): Promise<string[]> {
  return idsIn(instance, "select id from messages where tenant_id = :tenantId order by seq desc limit :most", {
    tenantId,
  });
}

async function idsIn(instance: Instance, sql: string, args: Record<string, string>): Promise<string[]> {
  const { databaseUrl: url, databaseToken: token, synchronous } = settingsOf(instance);
  if (!isThere(url)) return [];
  const client = await openDatabase({ url, token, synchronous });
  const found = read(database(client), sql, args);
  return (await endsWithin(PATIENCE_MS, found)) ? found : [];
}

/** Opening a file that is missing would make it. */
function isThere(url: string): boolean {
  return !url.startsWith("file:") || existsSync(decodeURIComponent(url.replace(/^file:(\/\/)?/, "")));
}

async function read(db: Database, sql: string, args: Record<string, string>): Promise<string[]> {
  const found = await rows<{ id: string }>(db, sql, { ...args, most: MOST });
  return found.map(({ id }) => id);
}
