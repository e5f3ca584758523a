/** A migrated libSQL database in a file of its own, removed when the test ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Database, database } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openFile } from "../../src/runtimes/database.ts";
import { exactlyBound } from "./binding.ts";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-test-"));
  // A program that has just ended (a browser, say) may still have a child that writes.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/** Another connection to the same file, as another process would have. */
export async function openTestDatabase(folder: string): Promise<Database> {
  const client = await openFile({ url: `file:${join(folder, "queue.db")}`, token: undefined, synchronous: "NORMAL" });
  onTestFinished(() => client.close());
  return database(exactlyBound(client));
}

export async function testDatabase(folder = temporaryFolder()): Promise<Database> {
  const db = await openTestDatabase(folder);
  await migrate(db, 0);
  return db;
}
