/** Opens an instance's database for looking alone: nothing is made, changed or brought up to date. */
import { existsSync } from "node:fs";
import type { Client } from "@libsql/client";
import { type Database, database, rows } from "../../db/database.ts";
import { APPLIED_MIGRATIONS } from "../../db/migrate.ts";
import { reason } from "../../errors.ts";
import { filePath, openDatabase, openReadOnly } from "../../runtimes/database.ts";
import { shownDatabase } from "../../security/shown-database.ts";
import { adviceFor } from "../database-fault.ts";
import type { Settings } from "../settings.ts";
import { bounded } from "./bounded.ts";

/** What is left to do where SQLite finds its file damaged. */
export const RESTORE =
  "stop the process, keep a copy of the file, and restore a backup, or what sqlite3's .recover finds";

export type Store =
  | { kind: "open"; db: Database; file: string | undefined; roundTripMs: number; tables: string[]; applied: string[] }
  | { kind: "missing"; file: string }
  | { kind: "closed"; fault: string; advice: string };

type Address = Pick<Settings, "databaseUrl" | "databaseToken" | "synchronous">;

export async function openStore(address: Address, timeoutMs: number): Promise<Store> {
  const { databaseUrl: url } = address;
  let client: Client | undefined;
  try {
    const file = url.startsWith("file:") ? filePath(url) : undefined;
    if (file !== undefined && !existsSync(file)) return { kind: "missing", file };
    client = file === undefined ? await remote(address) : await openReadOnly(file);
    const db = database(client);
    const late = () => Promise.reject(new Error(`the database does not answer within ${timeoutMs / 1000} s`));
    const schema = await bounded<Promise<Schema> | Schema>(readSchema(db), timeoutMs, late);
    return { kind: "open", db, file, ...(await schema) };
  } catch (error) {
    client?.close();
    const fault = reason(error).replaceAll(url, shownDatabase(url));
    return { kind: "closed", fault, advice: /malformed/.test(fault) ? RESTORE : adviceFor(url, error) };
  }
}

async function remote({ databaseUrl, databaseToken, synchronous }: Address): Promise<Client> {
  return openDatabase({ url: databaseUrl, token: databaseToken, synchronous });
}

interface Schema {
  /** Of the second question: the first one connects. */
  roundTripMs: number;
  tables: string[];
  /** Names of migrations. */
  applied: string[];
}

async function readSchema(db: Database): Promise<Schema> {
  const found = await rows<{ name: string }>(db, "select name from sqlite_master where type = 'table'");
  const tables = found.map(({ name }) => name);
  const before = performance.now();
  await rows(db, "select 1");
  const roundTripMs = performance.now() - before;
  const applied = tables.includes("migrations") ? await rows<{ name: string }>(db, APPLIED_MIGRATIONS) : [];
  return { roundTripMs, tables, applied: applied.map(({ name }) => name) };
}
