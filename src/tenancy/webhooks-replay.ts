/** Deliveries that are made once more: one, or those of a range, each under the id that it had. */
import { batch, type Database } from "../db/database.ts";
import { chosen, countDeliveries, type DeliveryFilter, type DeliveryState, unknownDelivery } from "./webhooks-log.ts";
import { END_REST } from "./webhooks-save.ts";

/** Whatever has come to an end. What is pending is on its way without it. */
export const REPLAYABLE = ["delivered", "failed", "missed"] as const satisfies readonly DeliveryState[];

const ANEW = "state = 'pending', aside = 0, attempts = 0, next_at = :now, delivered_at = null";

/** One that is pending is due now. Throws AppError where there is no such delivery. */
export async function replayDelivery(db: Database, webhook: string, id: string, now: number): Promise<void> {
  const sql = `update webhook_deliveries set ${ANEW} where id = :id and webhook = :webhook`;
  const [replayed] = await batch(db, [
    { sql, args: { id, webhook, now } },
    { sql: END_REST, args: { id: webhook } },
  ]);
  if (replayed!.rowsAffected === 0) throw unknownDelivery(id);
}

export interface Replay extends DeliveryFilter {
  states: readonly (typeof REPLAYABLE)[number][];
  limit: number;
}

export interface Replayed {
  replayed: number;
  /** How many more fit, counted as far as `countDeliveries` does. */
  remaining: number;
  /** Give it back as `beyond`, and what was delivered meanwhile is not replayed again; undefined where nothing is left. */
  next: number | undefined;
}

/** The oldest first. */
export async function replayRange(db: Database, { limit, ...filter }: Replay, now: number): Promise<Replayed> {
  const { seqs, args } = chosen(filter);
  const slice = `select seq from (${seqs("asc")}) order by seq limit :most`;
  const [slicing, replaying] = await batch(db, [
    { sql: `select max(seq) as last from (${slice})`, args: { ...args, most: limit } },
    { sql: `update webhook_deliveries set ${ANEW} where seq in (${slice})`, args: { ...args, most: limit, now } },
    { sql: END_REST, args: { id: filter.webhook } },
  ]);
  const last = slicing!.rows[0]?.last;
  if (typeof last !== "number") return { replayed: 0, remaining: 0, next: undefined };
  const remaining = await countDeliveries(db, { ...filter, beyond: last });
  return { replayed: replaying!.rowsAffected, remaining, next: remaining > 0 ? last : undefined };
}
