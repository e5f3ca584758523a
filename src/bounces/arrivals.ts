/** Mail that comes in for the proxy itself, such as bounces: kept as it came, so that nothing is lost before it is read. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { encodeBase64 } from "hono/utils/encode";
import { type Database, rows } from "../db/database.ts";

/** A bounce returns at most the message that it speaks of (RFC 3462 2), mostly its header alone. */
export const MOST_ARRIVAL_BYTES = 1024 * 1024;
/** Whoever floods the address fills no more of the database than this. */
const MOST_ARRIVALS = 1_000;

export interface Arrival {
  /** Empty for a bounce (RFC 5321 4.5.5). */
  mailFrom: string;
  rcptTo: string;
  raw: Uint8Array;
}

/** `too_large` holds for good; with `full` the same may be kept later. */
export type Keeping = "kept" | "too_large" | "full";

// A row comes back where it was kept, now or before: a repeated delivery is no second arrival.
export const KEEP = `
  insert into arrivals (hash, mail_from, rcpt_to, raw, arrived_at)
  select :hash, :mailFrom, :rcptTo, :content, :now
  where (select count(*) from arrivals) < :most or exists (select 1 from arrivals where hash = :hash)
  on conflict do update set hash = hash
  returning hash`;

/** Stores an arrival until it is read, at most as long as messages are kept. */
export async function keepArrival(db: Database, { mailFrom, rcptTo, raw }: Arrival, now: number): Promise<Keeping> {
  if (raw.length > MOST_ARRIVAL_BYTES) return "too_large";
  const hash = bytesToHex(sha256(concatBytes(utf8ToBytes(`${mailFrom}\n${rcptTo}\n`), raw)));
  const content = encodeBase64(new Uint8Array(raw).buffer);
  const kept = await rows(db, KEEP, { hash, mailFrom, rcptTo, content, now, most: MOST_ARRIVALS });
  return kept.length > 0 ? "kept" : "full";
}
