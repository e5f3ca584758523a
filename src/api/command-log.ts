/**
 * The log of every changing call: who asked what, and what came of it, secrets masked.
 *
 * Entries are gathered and written in groups after the answers, so that taking messages in does not wait for its own log.
 */
import type { InStatement } from "@libsql/client";
import { getLogger } from "@logtape/logtape";
import { and, asc, desc, eq, gt, gte, lt } from "drizzle-orm";
import { batch, type Database, rows } from "../db/database.ts";
import { commandLog } from "../db/schema.ts";
import { isUnknown } from "../db/unknown-outcome.ts";
import { reason } from "../errors.ts";
import { isWhole, maskSecrets, maskText } from "../security/mask.ts";

const log = getLogger(["mail-proxy", "api"]);

/** How long entries gather before they are written. */
const GATHER_MS = 100;
/** Entries in one transaction, and in one page of an export. */
const GROUP = 1_000;
/** Characters of payloads in one transaction, about. */
const GROUP_CHARACTERS = 4 * 1024 * 1024;
/** Characters of a payload that are kept; a longer one is told by its size, or a campaign would be stored twice. */
const LONGEST_PAYLOAD = 64 * 1024;

/** How the entry of a longer one begins. */
const OMITTED = '{"omitted":';

export interface Call {
  at: number;
  endpoint: string;
  tenantId: string | null;
  payload: unknown;
  status: number;
  result: unknown;
  requestId: string;
}

/** Rows of one statement. Bound one by one they cost half of what JSON would, as long as few statements are to be prepared. */
const ROWS = [100, 10, 1];
const INSERT = "insert into command_log (at, endpoint, tenant_id, payload, status, result, request_id) values";
const ROW = "(?, ?, ?, ?, ?, ?, ?)";
/** For an entry that may be there already. */
const INSERT_MISSING = `
  insert into command_log (at, endpoint, tenant_id, payload, status, result, request_id)
  select :at, :endpoint, :tenantId, :payload, :status, :result, :requestId
  where not exists (select 1 from command_log where at = :at and request_id = :requestId)`;

type Entry = [
  at: number,
  endpoint: string,
  tenantId: string | null,
  payload: string,
  status: number,
  result: string,
  requestId: string,
];

export class CommandLog {
  readonly #db: Database;
  #waiting: Entry[] = [];
  #characters = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  record({ at, endpoint, tenantId, payload, status, result, requestId }: Call): void {
    const kept = text(payload);
    this.#characters += kept.length;
    this.#waiting.push([at, maskText(endpoint), tenantId, kept, status, text(result), requestId]);
    if (this.#waiting.length >= GROUP || this.#characters >= GROUP_CHARACTERS) void this.settled();
    else this.#timer ??= setTimeout(() => void this.settled(), GATHER_MS);
  }

  /** Everything that was recorded until now is written: to be awaited before the database closes. */
  settled(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#waiting;
    this.#waiting = [];
    this.#characters = 0;
    if (entries.length > 0) this.#writing = this.#writing.then(() => this.#write(entries));
    return this.#writing;
  }

  async #write(entries: Entry[]): Promise<void> {
    try {
      await batch(this.#db, inserts(entries)).catch((error: unknown) => {
        if (!isUnknown(error)) throw error;
        return batch(this.#db, entries.map(ifMissing));
      });
    } catch (error) {
      log.error("the command log has lost entries ({count}): {reason}", {
        count: entries.length,
        reason: reason(error),
      });
    }
  }
}

function ifMissing([at, endpoint, tenantId, payload, status, result, requestId]: Entry): InStatement {
  return { sql: INSERT_MISSING, args: { at, endpoint, tenantId, payload, status, result, requestId } };
}

/** As few statements as the fixed numbers of rows allow. */
function inserts(entries: readonly Entry[]): InStatement[] {
  const statements: InStatement[] = [];
  let at = 0;
  for (const count of ROWS) {
    const sql = `${INSERT} ${Array(count).fill(ROW).join(", ")}`;
    for (; entries.length - at >= count; at += count) {
      statements.push({ sql, args: entries.slice(at, at + count).flat() });
    }
  }
  return statements;
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

const PURGE = `
  delete from command_log where id in (select id from command_log where at < :until order by at limit :limit) returning id`;

/** Deletes what is older, in slices that nobody has to wait for; answers how much that was. */
export async function purgeLog(db: Database, until: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const slice = await rows(db, PURGE, { until, limit: GROUP });
    deleted += slice.length;
    if (slice.length < GROUP) return deleted;
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
  const [method = "", path = ""] = row.endpoint.split(" ");
  return {
    id: row.id,
    command_ts: Math.floor(row.at / 1000),
    endpoint: row.endpoint,
    method,
    path,
    replayable: isReplayable(row),
    tenant_id: row.tenantId,
    payload: JSON.parse(row.payload) as unknown,
    status: row.status,
    result: JSON.parse(row.result) as unknown,
    request_id: row.requestId,
  };
}

/** Whether the same call, made again, would do the same: it was not refused, and all of it stands here; nor did it give a secret out, which would be another one. */
function isReplayable({ endpoint, payload, result, status }: typeof commandLog.$inferSelect): boolean {
  return status < 400 && !payload.startsWith(OMITTED) && [endpoint, payload, result].every(isWhole);
}
