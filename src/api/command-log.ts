/**
 * The log of every changing call: who asked what, and what came of it, secrets masked.
 *
 * Entries are gathered and written in groups after the answers, so that taking messages in does not wait for its own log.
 */
import { getLogger } from "@logtape/logtape";
import { and, asc, desc, eq, gt, gte, lt } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { json, rows } from "../db/database.ts";
import { commandLog } from "../db/schema.ts";
import { reason } from "../errors.ts";
import { maskSecrets } from "../security/mask.ts";

const log = getLogger(["mail-proxy", "api"]);

/** How long entries gather before they are written. */
const GATHER_MS = 100;
/** Entries in one statement, and in one page of an export. */
const GROUP = 1_000;
/** Characters of a payload that are kept; a longer one is told by its size, or a campaign would be stored twice. */
const LONGEST_PAYLOAD = 64 * 1024;

export interface Call {
  at: number;
  endpoint: string;
  tenantId: string | null;
  payload: unknown;
  status: number;
  result: unknown;
  requestId: string;
}

const INSERT = `
  insert into command_log (at, endpoint, tenant_id, payload, status, result, request_id)
  select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 from json_each(:calls)`;

export class CommandLog {
  readonly #db: Database;
  #waiting: unknown[][] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  record({ at, endpoint, tenantId, payload, status, result, requestId }: Call): void {
    this.#waiting.push([at, maskSecrets(endpoint), tenantId, text(payload), status, text(result), requestId]);
    if (this.#waiting.length >= GROUP) void this.settled();
    else this.#timer ??= setTimeout(() => void this.settled(), GATHER_MS);
  }

  /** Everything that was recorded until now is written: to be awaited before the database closes. */
  settled(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const calls = this.#waiting;
    this.#waiting = [];
    if (calls.length > 0) this.#writing = this.#writing.then(() => this.#write(calls));
    return this.#writing;
  }

  async #write(calls: unknown[][]): Promise<void> {
    try {
      await rows(this.#db, INSERT, { calls: json(calls) });
    } catch (error) {
      log.error("{count} entries of the command log are lost: {reason}", {
        count: calls.length,
        reason: reason(error),
      });
    }
  }
}

function text(value: unknown): string {
  const json = JSON.stringify(maskSecrets(value ?? null));
  return json.length <= LONGEST_PAYLOAD ? json : JSON.stringify({ omitted: `${json.length} characters` });
}

export interface LogFilter {
  tenantId: string | undefined;
  since: number | undefined;
  until: number | undefined;
}

/** Newest first; `before` is the `id` of the last entry of the page before. */
export async function readLog(db: Database, filter: LogFilter & { before: number | undefined; limit: number }) {
  const { before, limit } = filter;
  const older = before === undefined ? undefined : lt(commandLog.id, before);
  const found = await db.orm
    .select()
    .from(commandLog)
    .where(and(chosen(filter), older))
    .orderBy(desc(commandLog.id))
    .limit(limit + 1);
  const page = found.slice(0, limit);
  return { entries: page.map(entry), next: found.length > limit ? page.at(-1)?.id : undefined };
}

/** Oldest first, as lines of JSON in pages, so that any length of log fits into memory. */
export async function* exportLog(db: Database, filter: LogFilter): AsyncGenerator<string> {
  for (let after = 0; ; ) {
    const page = await db.orm
      .select()
      .from(commandLog)
      .where(and(chosen(filter), gt(commandLog.id, after)))
      .orderBy(asc(commandLog.id))
      .limit(GROUP);
    if (page.length > 0) yield page.map((row) => `${JSON.stringify(entry(row))}\n`).join("");
    const last = page.at(-1);
    if (last === undefined || page.length < GROUP) return;
    after = last.id;
  }
}

function chosen({ tenantId, since, until }: LogFilter) {
  return and(
    tenantId === undefined ? undefined : eq(commandLog.tenantId, tenantId),
    since === undefined ? undefined : gte(commandLog.at, since),
    until === undefined ? undefined : lt(commandLog.at, until),
  );
}

function entry(row: typeof commandLog.$inferSelect) {
  return {
    id: row.id,
    command_ts: Math.floor(row.at / 1000),
    endpoint: row.endpoint,
    tenant_id: row.tenantId,
    payload: JSON.parse(row.payload) as unknown,
    status: row.status,
    result: JSON.parse(row.result) as unknown,
    request_id: row.requestId,
  };
}
