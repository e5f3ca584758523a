/** The reference's database as it is read, of whichever version: tables and columns are looked for, and nothing is written. */
import type { Client } from "@libsql/client";
import { reason } from "../../errors.ts";
import { openReadOnly } from "../../runtimes/database.ts";
import { Failure } from "../exit.ts";

/** A row by its columns. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Source {
  tenants(): Promise<Fields[]>;
  accounts(): Promise<Fields[]>;
  /** How many messages wait. */
  countPending(): Promise<number>;
  /** Those, in the order in which they came. */
  pending(): AsyncGenerator<Fields[]>;
  /** Events that the applications have not been told. */
  countUnreported(): Promise<number>;
  close(): void;
}

/** Whichever of these a version has: a message that waits has none of them. */
const ENDS = ["smtp_ts", "sent_ts", "error_ts"];
const PAGE = 200;

/** Throws Failure where the file is none of the reference's. */
export async function openSource(path: string): Promise<Source> {
  const read =
    (client: Client) =>
    async (sql: string, args: Record<string, string | number> = {}) => {
      const { rows } = await client.execute({ sql, args }).catch((cause: unknown) => unreadable(path, cause));
      return rows as Fields[];
    };
  const client = await openReadOnly(path).catch((cause: unknown) => unreadable(path, cause));
  try {
    return await sourceOf(path, client, read(client));
  } catch (error) {
    client.close();
    throw error;
  }
}

type Read = (sql: string, args?: Record<string, string | number>) => Promise<Fields[]>;

async function sourceOf(path: string, client: Client, read: Read): Promise<Source> {
  const tables = new Set((await read("select name from sqlite_master where type = 'table'")).map(({ name }) => name));
  if (!tables.has("accounts") || !tables.has("messages"))
    throw new Failure(`${path} is no database of genro-mail-proxy: it has no tables accounts and messages`);
  const columns = new Set((await read("select name from pragma_table_info('messages')")).map(({ name }) => name));
  if (!columns.has("payload"))
    // such as a database of our own
    throw new Failure(`${path} is no database of genro-mail-proxy: its messages have no payload`);
  const ends = ENDS.filter((end) => columns.has(end));
  const waits = ["true", ...ends.map((end) => `${end} is null`)].join(" and ");
  const countOf = async (sql: string) => Number((await read(sql))[0]?.count ?? 0);
  return {
    tenants: async () => (tables.has("tenants") ? read("select * from tenants order by rowid") : []),
    accounts: () => read("select * from accounts order by rowid"),
    countPending: () => countOf(`select count(*) as count from messages where ${waits}`),
    pending: () => pagesOf(read, waits),
    countUnreported: async () => {
      if (!tables.has("message_events")) return 0;
      return countOf("select count(*) as count from message_events where reported_ts is null");
    },
    close: () => client.close(),
  };
}

async function* pagesOf(read: Read, waits: string): AsyncGenerator<Fields[]> {
  const sql = `select rowid as position, * from messages where ${waits} and rowid > :after order by rowid limit ${PAGE}`;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await read(sql, { after });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.position);
  }
}

function unreadable(path: string, cause: unknown): never {
  throw new Failure(`cannot read ${path} (${reason(cause)}): it must be there, and an SQLite database`, { cause });
}
