/** The suppression list of a tenant: whom its mail does not go to, listed, page by page or all of it. */
import { type Database, rows } from "../db/database.ts";
import { STANDING, type SuppressionSource } from "../db/suppressions.ts";

/** Entries of a page of the whole list. */
const WHOLE_PAGE = 1_000;

export interface SuppressionFilter {
  tenantId: string;
  /** Part of an address. */
  q?: string | undefined;
  source?: SuppressionSource | undefined;
  /** Put on the list at or after / before; Unix milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
  /** Only entries older than the one with this number. */
  before?: number | undefined;
  limit: number;
}

/** An entry in the words of the API. */
export interface SuppressionView {
  tenant_id: string;
  address: string;
  source: SuppressionSource;
  reason: string | null;
  pk: string | null;
  message_id: string | null;
  created_ts: number;
  expires_ts: number | null;
}

export interface SuppressionPage {
  suppressions: SuppressionView[];
  /** Give it back as `before` for the next page; undefined at the end. */
  next: number | undefined;
}

const CONDITIONS: Record<string, string> = {
  q: "(s.address like :q escape '\\' or s.spelled like :q escape '\\')",
  source: "s.source = :source",
  since: "s.created_at >= :since",
  until: "s.created_at < :until",
  before: "s.seq < :before",
};

interface SuppressionRow {
  seq: number;
  address: string;
  source: SuppressionSource;
  reason: string | null;
  pk: string | null;
  message_id: string | null;
  created_at: number;
  expires_at: number | null;
}

/** Newest first; who has expired is not on the list any more. */
export async function listSuppressions(db: Database, filter: SuppressionFilter, now: number): Promise<SuppressionPage> {
  const { tenantId, limit, ...wanted } = filter;
  const given = Object.entries({ ...wanted, q: wanted.q && contains(wanted.q) }).filter(
    ([, value]) => value !== undefined,
  );
  const where = given.map(([name]) => `and ${CONDITIONS[name]}`).join(" ");
  const sql = `
    select s.seq, ifnull(s.spelled, s.address) as address, s.source, s.reason, s.pk, s.created_at, s.expires_at,
      (select m.id from messages m where m.pk = s.pk) as message_id
    from suppressions s indexed by suppressions_tenant
    where s.tenant_id = :tenantId and ${STANDING} ${where} order by s.seq desc limit :limit`;
  const args = { ...Object.fromEntries(given), tenantId, now, limit: limit + 1 };
  const found = await rows<SuppressionRow>(db, sql, args);
  const page = found.slice(0, limit);
  return {
    suppressions: page.map((row) => view(tenantId, row)),
    next: found.length > limit ? page.at(-1)?.seq : undefined,
  };
}

/** All of it, newest first, in pages, so that any length of list fits into memory. */
export async function* eachSuppression(
  db: Database,
  filter: Omit<SuppressionFilter, "limit">,
  now: number,
): AsyncGenerator<SuppressionView[], void, undefined> {
  for (let before = filter.before; ; ) {
    const { suppressions, next } = await listSuppressions(db, { ...filter, before, limit: WHOLE_PAGE }, now);
    if (suppressions.length > 0) yield suppressions;
    if (next === undefined) return;
    before = next;
  }
}

function view(tenantId: string, { created_at, expires_at, ...row }: SuppressionRow): SuppressionView {
  const { address, source, reason, pk, message_id } = row;
  return {
    ...{ tenant_id: tenantId, address, source, reason, pk, message_id },
    created_ts: Math.floor(created_at / 1000),
    expires_ts: expires_at === null ? null : Math.floor(expires_at / 1000),
  };
}

/** Text for LIKE that finds it anywhere, its wildcards taken literally. */
function contains(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
}
