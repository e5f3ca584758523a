/**
 * How long sending and reporting took, as histograms: counted in this process, and added to the totals of all of them every
 * few seconds, so that no delivery waits for its own figure. A crash loses the last seconds of it.
 */
import { batch, type Database, json, rows } from "../db/database.ts";
import { isUnknown } from "../db/unknown-outcome.ts";

/** Upper bounds in seconds, from a relay next door to a server that takes its time (RFC 5321 4.5.3.2). */
export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** By histogram its upper bounds in seconds; a message that is tried again waits for hours. */
export const HISTOGRAMS = {
  mail_proxy_send_seconds: BOUNDS,
  mail_proxy_report_seconds: BOUNDS,
  mail_proxy_delivery_seconds: [...BOUNDS, 900, 3600, 14_400, 86_400],
} as const;
export type HistogramName = keyof typeof HISTOGRAMS;

const FLUSH_MS = 10_000;

const ADD = `
  insert into counters (name, tenant_id, account_id, value)
  select value->>0, '', '', value->>1 from json_each(:counted) where true
  on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;

const READ = "select name, value from counters where name in (select value from json_each(:names))";

export class Durations {
  readonly #db: Database;
  #counted = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  observe(name: HistogramName, ms: number): void {
    this.#add(bucketName(name, HISTOGRAMS[name].find((bound) => ms <= bound * 1000) ?? Number.POSITIVE_INFINITY), 1);
    this.#add(millisecondsName(name), Math.max(Math.round(ms), 0));
  }

  /** Also what was counted since the last time is in the totals from here on; a database that is away gets it later. */
  async flush(): Promise<void> {
    const counted = [...this.#counted];
    this.#counted = new Map();
    if (counted.length === 0) return;
    try {
      await batch(this.#db, [{ sql: ADD, args: { counted: json(counted) } }]);
    } catch (error) {
      // Where it may have been added it is not added twice: a figure may lack some, but tells of nothing that was not.
      if (!isUnknown(error)) for (const [name, count] of counted) this.#add(name, count);
    }
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #add(name: string, count: number): void {
    this.#counted.set(name, (this.#counted.get(name) ?? 0) + count);
  }
}

export interface Histogram {
  name: HistogramName;
  /** So many took at most that long; the last one counts all. */
  buckets: { seconds: number; count: number }[];
  sumSeconds: number;
}

export async function readHistograms(db: Database): Promise<Histogram[]> {
  const histograms = Object.entries(HISTOGRAMS) as [HistogramName, readonly number[]][];
  const all = histograms.map(([name, bounds]) => ({ name, bounds: [...bounds, Number.POSITIVE_INFINITY] }));
  const names = all.flatMap(({ name, bounds }) => [
    millisecondsName(name),
    ...bounds.map((one) => bucketName(name, one)),
  ]);
  const found = await rows<{ name: string; value: number }>(db, READ, { names: json(names) });
  const values = new Map(found.map(({ name, value }) => [name, value]));
  return all.map(({ name, bounds }) => {
    let count = 0;
    const buckets = bounds.map((seconds) => {
      count += values.get(bucketName(name, seconds)) ?? 0;
      return { seconds, count };
    });
    return { name, buckets, sumSeconds: (values.get(millisecondsName(name)) ?? 0) / 1000 };
  });
}

function bucketName(name: HistogramName, bound: number): string {
  return `${name}_bucket ${bound}`;
}

function millisecondsName(name: HistogramName): string {
  return `${name}_sum ms`;
}
