/** The database as everything above sees it: a libSQL client for the statements that are the point, Drizzle for the rest. */
import type { Client, InArgs, InStatement, ResultSet, Row } from "@libsql/client";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { drizzle } from "drizzle-orm/libsql/web";

export interface Database {
  client: Client;
  orm: LibSQLDatabase;
}

export function database(client: Client): Database {
  return { client, orm: drizzle({ client }) };
}

const HALF_PAIR = /\\ud[89a-f]/;
const ESCAPES = /\\(?:u[0-9a-f]{4}|.)/g;

/**
 * JSON for a bound value. Of half a surrogate pair, which JSON writes as an escape, SQLite would make bytes that are no
 * UTF-8 and that no reader survives: it becomes U+FFFD, as everywhere else.
 */
export function json(value: unknown): string {
  const text = JSON.stringify(value);
  if (!HALF_PAIR.test(text)) return text;
  return text.replace(ESCAPES, (found) => (HALF_PAIR.test(found) ? "\\ufffd" : found));
}

/** Runs one statement and answers its rows; `args` are bound, never concatenated. */
export async function rows<T = Row>(db: Database, sql: string, args: InArgs = {}): Promise<T[]> {
  const result = await db.client.execute({ sql, args });
  return result.rows as T[];
}

/** Runs statements as one write transaction in one round trip; all of them happen or none. */
export function batch(db: Database, statements: InStatement[]): Promise<ResultSet[]> {
  return db.client.batch(statements, "write");
}
