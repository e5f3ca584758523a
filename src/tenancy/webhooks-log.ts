/** The log of a webhook: each delivery with how it stands, each call with what came of it. */
import { type Database, rows } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { MOST_COUNTED } from "./webhooks.ts";

export const DELIVERY_STATES = ["pending", "delivered", "failed", "missed"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  seq: number;
  /** `webhook-id`. */
  id: string;
  webhook: string;
  /** Null: a test. */
  event: number | null;
  type: string;
  state: DeliveryState;
  /** Since it was made, or last replayed. */
  attempts: number;
  nextAt: number | null;
  createdAt: number;
  deliveredAt: number | null;
  /** Of the last call; null where nothing answered, or none was made. */
  lastStatus: number | null;
}

/** One call. */
export interface Attempt {
  number: number;
  at: number;
  durationMs: number;
  /** Null where nothing answered: then `error` says why. */
  status: number | null;
  /** The beginning of what was answered, where the endpoint is the tenant's own. */
  answer: string | null;
  error: string | null;
}

export interface DeliveryFilter {
  webhook: string;
  states?: readonly DeliveryState[] | undefined;
  type?: string | undefined;
  /** Made at or after / before; Unix milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
  /** Only those newer than the one with this number. */
  beyond?: number | undefined;
}

export interface DeliveryPage extends DeliveryFilter {
  /** Only those older than the one with this number, or with this id. */
  before?: number | undefined;
  after?: string | undefined;
  /** So many are left out. */
  offset?: number | undefined;
  limit: number;
}

const COLUMNS = `
  d.seq, d.id, d.webhook, d.event, d.type, d.state, d.attempts, d.next_at as nextAt, d.created_at as createdAt,
  d.delivered_at as deliveredAt,
  (select a.status from webhook_attempts a where a.delivery = d.seq order by a.number desc limit 1) as lastStatus`;

const CONDITIONS: Record<string, string> = {
  type: "d.type = :type",
  since: "d.created_at >= :since",
  until: "d.created_at < :until",
  before: "d.seq < :before",
  after: "d.seq < (select o.seq from webhook_deliveries o where o.id = :after and o.webhook = :webhook)",
  beyond: "d.seq > :beyond",
};

/** A filter as SQL, with the values that it binds. */
export interface Chosen {
  args: Record<string, string | number>;
  /** Numbers of deliveries that fit, in no order: `:most` of each state, from one end on. */
  seqs(order: "asc" | "desc"): string;
}

/** State by state, since the index has each in its own order: the few failures of a long log are found without reading it. */
export function chosen({ states = DELIVERY_STATES, ...plain }: DeliveryFilter): Chosen {
  const given = Object.entries(plain).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  const where = ["d.webhook = :webhook", ...given.flatMap(([name]) => CONDITIONS[name] ?? [])].join(" and ");
  const named = [...new Set(states)].map((state, n): [string, string] => [`state${n}`, state]);
  const branch = (name: string, order: string) => `
    select seq from (
      select d.seq from webhook_deliveries d where d.state = :${name} and ${where} order by d.seq ${order} limit :most)`;
  return {
    args: Object.fromEntries([...given, ...named]),
    seqs: (order) => named.map(([name]) => branch(name, order)).join(" union all "),
  };
}

/** Newest first; `next` given back as `before` is the next page, undefined at the end. */
export async function listDeliveries(
  db: Database,
  { limit, offset = 0, ...filter }: DeliveryPage,
): Promise<{ deliveries: Delivery[]; next: number | undefined }> {
  const { seqs, args } = chosen(filter);
  const sql = `
    select ${COLUMNS} from webhook_deliveries d where d.seq in (${seqs("desc")})
    order by d.seq desc limit :limit offset :offset`;
  const most = offset + limit + 1;
  const found = await rows<Delivery>(db, sql, { ...args, limit: limit + 1, offset, most });
  const deliveries = found.slice(0, limit);
  return { deliveries, next: found.length > limit ? deliveries.at(-1)?.seq : undefined };
}

/** At most `MOST_COUNTED`, so that a long log makes no page slow. */
export async function countDeliveries(db: Database, filter: DeliveryFilter): Promise<number> {
  const { seqs, args } = chosen(filter);
  const sql = `select count(*) as n from (select 1 from (${seqs("desc")}) limit :most)`;
  const [counted] = await rows<{ n: number }>(db, sql, { ...args, most: MOST_COUNTED });
  return counted?.n ?? 0;
}

/** With its body as it was sent. */
export async function findDelivery(
  db: Database,
  webhook: string,
  id: string,
): Promise<Delivery & { payload: Record<string, unknown> }> {
  const sql = `select ${COLUMNS}, d.payload from webhook_deliveries d where d.id = :id and d.webhook = :webhook`;
  const [found] = await rows<Delivery & { payload: string }>(db, sql, { id, webhook });
  if (found === undefined) throw unknownDelivery(id);
  return { ...found, payload: JSON.parse(found.payload) };
}

/** Oldest first. */
export function listAttempts(db: Database, delivery: number): Promise<Attempt[]> {
  const sql = `
    select number, at, duration_ms as durationMs, status, answer, error from webhook_attempts
    where delivery = :delivery order by number`;
  return rows<Attempt>(db, sql, { delivery });
}

export function unknownDelivery(id: string): AppError {
  return new AppError("not_found", `there is no delivery ${id} of this webhook`);
}
