/** Mail that came in for the proxy itself and that an older version kept, which could not read it: read now, the oldest first. */
import { decodeBase64 } from "hono/utils/encode";
import { type Database, rows } from "../db/database.ts";
import type { Receiver } from "./receive.ts";

export const OLDEST = "select hash, rcpt_to as recipient, raw from arrivals order by arrived_at limit :limit";
const DONE = "delete from arrivals where hash = :hash";

interface Kept {
  hash: string;
  recipient: string;
  /** In base64. */
  raw: string;
}

/**
 * Gives at most `limit` of them to the receiver, and each that it has taken goes. Where processes do the same at once, or
 * one dies in between, a mail is read twice, of which nothing comes a second time.
 */
export async function readArrivals(
  db: Database,
  receiver: Pick<Receiver, "receive">,
  limit: number,
): Promise<{ more: boolean }> {
  const kept = await rows<Kept>(db, OLDEST, { limit });
  for (const { hash, recipient, raw } of kept) {
    await receiver.receive({ raw: decodeBase64(raw), recipient, way: "email" });
    await rows(db, DONE, { hash });
  }
  return { more: kept.length === limit };
}
