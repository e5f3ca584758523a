/** What happened to messages, as clients see it. */
import { type Database, json, rows } from "../db/database.ts";
import { eventData } from "../db/recipients.ts";

/** An event in the words of the API. */
export type EventView = Record<string, unknown>;

interface EventRow {
  message: number;
  id: number;
  type: string;
  at: number;
  data: string;
  reported_at: number | null;
}

/** What happened to a message, oldest first. */
export async function timeline(db: Database, seq: number): Promise<EventView[]> {
  return (await timelines(db, [seq])).get(seq) ?? [];
}

/** The same of several messages, by their numbers. */
export async function timelines(db: Database, seqs: readonly number[]): Promise<Map<number, EventView[]>> {
  const found = await rows<EventRow>(
    db,
    `select e.message, e.id, e.type, e.at, e.data, e.reported_at
      from json_each(:seqs) s cross join events e on e.message = s.value order by e.id`,
    { seqs: json(seqs) },
  );
  const happened = new Map<number, EventView[]>();
  for (const row of found) happened.set(row.message, [...(happened.get(row.message) ?? []), eventView(row)]);
  return happened;
}

function eventView({ id, type, at, data, reported_at }: EventRow): EventView {
  return {
    ...eventData(data),
    event_id: String(id),
    event: type,
    event_ts: seconds(at),
    reported_ts: seconds(reported_at),
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}
