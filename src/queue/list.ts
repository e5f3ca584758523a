/** Reads messages as clients see them: pages, one message with its timeline, counts. */
import type { Row, Value } from "@libsql/client";
import { type Database, json, rows } from "../db/database.ts";
import { recipientView, type StoredRecipient } from "../db/recipients.ts";
import { countLive } from "./backlog.ts";
import { WAITING_ACCOUNTS } from "./look.ts";
import { type Content, isInline } from "./message.ts";
import { reachOf } from "./reach.ts";
import { timelines } from "./timeline.ts";
import { WAITING_SINCE } from "./waiting.ts";

export const STATUSES = ["pending", "deferred", "sending", "sent", "error", "canceled"] as const;
export type Status = (typeof STATUSES)[number];

/** SQL: the status that clients see; a limit defers a ready message without moving it. */
const STATUS = `case
  when m.state = 'scheduled' or (m.state = 'ready' and m.rate_limited) then 'deferred'
  when m.state in ('ready', 'held') then 'pending'
  else m.state end`;

const LIVE = "state in ('scheduled', 'ready', 'held', 'sending')";

/** Literally, so that the partial index of a state serves its status. */
const HAS_STATUS: Record<Status, string> = {
  pending: "(m.state = 'held' or (m.state = 'ready' and not m.rate_limited))",
  deferred: "(m.state = 'scheduled' or (m.state = 'ready' and m.rate_limited))",
  sending: "m.state = 'sending'",
  sent: "m.state = 'sent'",
  error: "m.state = 'error'",
  canceled: "m.state = 'canceled'",
};

/** So many live messages are sorted for a page of them; where there are more, the newest messages hold enough of them. */
const SORTABLE = 20_000;

/** A page with payloads ends before their contents take more characters, but holds one message in any case. */
const PAGE_CHARACTERS = 8 * 1024 * 1024;

export interface Filter {
  tenantId?: string | undefined;
  status?: Status | undefined;
  activeOnly?: boolean | undefined;
  batchCode?: string | undefined;
  accountId?: string | undefined;
  /** Part of an id, a subject or a recipient's address. */
  q?: string | undefined;
  /** Accepted at or after / before; Unix milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
  /** Only messages older than the one with this number. */
  before?: number | undefined;
  limit: number;
  payload?: boolean | undefined;
  /** Hears how many characters of contents will be read, before they are. */
  room?: ((characters: number) => void) | undefined;
  /** With what happened to each message, oldest first. */
  events?: boolean | undefined;
}

/** A message in the words of the API. */
export type MessageView = Record<string, unknown>;

export interface Page {
  messages: MessageView[];
  /** Give it back as `before` for the next page, also of one that holds fewer than were asked for; undefined at the end. */
  next: number | undefined;
}

const CONDITIONS: Record<string, string> = {
  tenantId: "m.tenant_id = :tenantId",
  batchCode: "m.batch_code = :batchCode",
  accountId: "a.id = :accountId",
  // What does not stand in the recipients' JSON is not looked for in each of them.
  q: `(m.id like :q escape '\\' or p.subject like :q escape '\\' or (m.recipients like :quoted escape '\\'
    and exists (select 1 from json_each(m.recipients) r where r.value->>1 like :q escape '\\')))`,
  since: "m.created_at >= :since",
  until: "m.created_at < :until",
  below: "m.seq < :below",
  above: "m.seq > :above",
};

/** Newest first, as far back as one page looks (reach.ts). */
export async function listMessages(db: Database, filter: Filter): Promise<Page> {
  const states = await stateConditions(db, filter);
  const reach = await reachOf(db, filter, states.isIndexed);
  const given = Object.entries({ ...filter, ...reach }).filter(
    ([name, value]) => name in CONDITIONS && value !== undefined,
  );
  const args = { ...Object.fromEntries(given), ...textArgs(filter.q) };
  const conditions = [...given.map(([name]) => CONDITIONS[name]!), ...states.where];
  const where = conditions.join(" and ") || "true";
  const found = await rows(db, select(where, false, "order by m.seq desc limit :limit"), {
    ...args,
    limit: filter.limit + 1,
  });
  const page = found.slice(0, filter.payload ? fitting(found, filter.limit) : filter.limit);
  if (filter.payload) filter.room?.(page.reduce((sum, { size }) => sum + Number(size), 0));
  const contents = filter.payload ? await contentsOf(db, page) : undefined;
  const happened = filter.events
    ? await timelines(
        db,
        page.map(({ seq }) => Number(seq)),
      )
    : undefined;
  const messages = page.map((row) => ({
    ...view(row, contents?.get(Number(row.seq)) ?? null),
    ...(happened === undefined ? {} : { events: happened.get(Number(row.seq)) ?? [] }),
  }));
  if (found.length > page.length) return { messages, next: Number(page.at(-1)?.seq) };
  return { messages, next: reach.above === undefined ? undefined : reach.above + 1 };
}

function textArgs(q: string | undefined): Record<string, string> {
  return q === undefined ? {} : { q: contains(q), quoted: contains(json(q).slice(1, -1)) };
}

/** How many of these rows a page holds with their contents. */
function fitting(found: readonly Row[], limit: number): number {
  let characters = 0;
  const end = found.findIndex(({ size }, at) => {
    characters += Number(size);
    return at > 0 && characters > PAGE_CHARACTERS;
  });
  return Math.min(end === -1 ? found.length : end, limit);
}

async function contentsOf(db: Database, page: readonly Row[]): Promise<Map<number, string>> {
  const found = await rows<{ message: number; content: string }>(
    db,
    "select p.message, p.content from json_each(:seqs) s join payloads p on p.message = s.value",
    { seqs: json(page.map(({ seq }) => seq)) },
  );
  return new Map(found.map(({ message, content }) => [message, content]));
}

async function stateConditions(
  db: Database,
  { status, activeOnly, tenantId }: Filter,
): Promise<{ where: string[]; isIndexed: boolean | undefined }> {
  const own = status === undefined ? [] : [HAS_STATUS[status]];
  const live = activeOnly || status === "pending" || status === "deferred" || status === "sending";
  if (!live) return { where: own, isIndexed: undefined };
  const { where, isIndexed } = await liveCondition(db, tenantId);
  return { where: [where, ...own], isIndexed };
}

/**
 * SQL, of the row `m`: that it is live, in a way that finds a few among a million finished ones by the index of what is live
 * (`isIndexed`), where there are no more than can be sorted.
 */
export async function liveCondition(
  db: Database,
  tenantId: string | undefined,
): Promise<{ where: string; isIndexed: boolean }> {
  const waits = async (of: string | null) => Object.values(await countLive(db, of)).some((count) => count > 0);
  if (tenantId !== undefined && !(await waits(tenantId))) return { where: "false", isIndexed: true };
  const { scheduled, ready, held, sending } = await countLive(db);
  if (scheduled + ready + held + sending > SORTABLE) return { where: `m.${LIVE}`, isIndexed: false };
  return { where: `m.seq in (select seq from messages indexed by messages_live where ${LIVE})`, isIndexed: true };
}

/** One message, and the number by which the queue's other verbs take it. */
export interface FoundMessage {
  seq: number;
  tenantId: string;
  /** Of its content, in characters. */
  size: number;
  view: MessageView;
}

/** Every message under this id or pk that the tenant (undefined: anyone) may see: more than one only where tenants share an id. */
export async function findMessages(
  db: Database,
  idOrPk: string,
  tenantId: string | undefined,
  payload = false,
): Promise<FoundMessage[]> {
  // Two look-ups by index; `or` over both would scan.
  const own = tenantId === undefined ? "true" : "m.tenant_id = :tenantId";
  const byId =
    tenantId === undefined
      ? "m.tenant_id in (select id from tenants) and m.id = :idOrPk"
      : "m.tenant_id = :tenantId and m.id = :idOrPk";
  const args = tenantId === undefined ? { idOrPk } : { idOrPk, tenantId };
  const byPk = await rows(db, select(`m.pk = :idOrPk and ${own}`, payload), args);
  const found = byPk.length > 0 ? byPk : await rows(db, select(byId, payload), args);
  return found.map((row) => ({
    seq: Number(row.seq),
    tenantId: String(row.tenant_id),
    size: Number(row.size),
    view: view(row, row.content),
  }));
}

function select(where: string, payload: boolean, tail = ""): string {
  return `
    select m.seq, m.pk, m.id, m.tenant_id, t.name as tenant_name, a.id as account_id, m.priority, ${STATUS} as status,
      m.batch_code, m.created_at, m.deferred_at, m.expires_at, m.smtp_at, m.finished_at, m.error, m.attempts,
      m.outcome_unknown, m.request_id, m.state, m.size, p.subject, ${payload ? "p.content" : "null"} as content,
      m.recipients
    from messages m
      left join tenants t on t.id = m.tenant_id
      left join accounts a on a.key = m.account_key
      left join payloads p on p.message = m.seq
    where ${where} ${tail}`;
}

function view(row: Row, content: Value | undefined): MessageView {
  const status = String(row.status);
  return {
    pk: row.pk,
    id: row.id,
    tenant_id: row.tenant_id,
    tenant_name: row.tenant_name,
    account_id: row.account_id,
    priority: row.priority,
    status,
    batch_code: row.batch_code,
    subject: row.subject,
    created_ts: toSeconds(row.created_at),
    deferred_ts: toSeconds(row.deferred_at),
    expires_ts: toSeconds(row.expires_at),
    smtp_ts: toSeconds(row.smtp_at),
    sent_ts: row.state === "sent" ? toSeconds(row.finished_at) : null,
    error_ts: row.state === "error" ? toSeconds(row.finished_at) : null,
    error: row.error,
    attempts: row.attempts,
    outcome_unknown: row.outcome_unknown === 1,
    request_id: row.request_id,
    recipients: (JSON.parse(String(row.recipients)) as StoredRecipient[]).map(recipientView),
    ...(typeof content === "string" ? { payload: shownContent(JSON.parse(content)) } : {}),
  };
}

/** Without how to authenticate for its attachments, since what is sealed is shown to nobody, and without a wish that the message itself shows. */
function shownContent({ deferred_ts: _wish, ...content }: Content): Content {
  if (content.attachments === undefined) return content;
  const attachments = content.attachments.map((file) => (isInline(file) ? file : { ...file, auth: undefined }));
  return { ...content, attachments };
}

function toSeconds(ms: unknown): number | null {
  return typeof ms === "number" ? Math.floor(ms / 1000) : null;
}

/** Text for LIKE that finds it anywhere, its wildcards taken literally. */
export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

/** How many messages of a tenant, or of one batch of it, wait. */
export async function countPending(db: Database, tenantId: string, batchCode?: string): Promise<number> {
  if (batchCode === undefined || batchCode === "*") {
    const { scheduled, ready, held } = await countLive(db, tenantId);
    return scheduled + ready + held;
  }
  const [found] = await rows<{ n: number }>(
    db,
    `select count(*) as n from messages where state in ('scheduled', 'ready', 'held') and tenant_id = :tenantId and batch_code = :batchCode`,
    { tenantId, batchCode },
  );
  return found!.n;
}

const OLDEST_READY = `
  ${WAITING_ACCOUNTS}
  select min((
    select ${WAITING_SINCE("m")} from messages m
    where m.state = 'ready' and m.account_key = w.key and m.priority = p.value order by m.seq limit 1)) as oldest
  from waiting w, json_each('[0,1,2,3]') p where w.key is not null`;

/** Since when the message waits that stands first in some line (Unix ms), of these lines the one that waits longest. */
export async function oldestReadyAt(db: Database): Promise<number | undefined> {
  const [found] = await rows<{ oldest: number | null }>(db, OLDEST_READY);
  return found?.oldest ?? undefined;
}
