/** Watches the statements that reach a database, and asks SQLite how it runs them. */
import type { InStatement } from "@libsql/client";
import { type Database, database, rows } from "../../src/db/database.ts";

export interface Watched {
  db: Database;
  statements: { sql: string; args: Record<string, never> }[];
  /** Calls over the wire: one execute or one batch each. */
  roundTrips: number;
}

export function watch(db: Database): Watched {
  const watched: Watched = { db, statements: [], roundTrips: 0 };
  const note = (statement: InStatement) => {
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: {} } : statement;
    watched.statements.push({ sql, args: (args ?? {}) as Record<string, never> });
  };
  const client = new Proxy(db.client, {
    get(target, name) {
      if (name === "execute") {
        return (statement: InStatement) => {
          watched.roundTrips += 1;
          note(statement);
          return target.execute(statement);
        };
      }
      if (name === "batch") {
        return (statements: InStatement[], mode: "write") => {
          watched.roundTrips += 1;
          statements.forEach(note);
          return target.batch(statements, mode);
        };
      }
      return Reflect.get(target, name, target);
    },
  });
  watched.db = database(client);
  return watched;
}

/** The steps of SQLite's plan, such as `SEARCH messages USING INDEX messages_ready (account_key=?)`. */
export async function plan(
  db: Database,
  { sql, args }: { sql: string; args: Record<string, never> },
): Promise<string[]> {
  return (await rows<{ detail: string }>(db, `explain query plan ${sql}`, args)).map(({ detail }) => detail);
}
