/** What happened over time, read out of the minutes alone: it costs the same whatever the number of messages. */
import { type Database, rows } from "../db/database.ts";
import { HAPPENINGS, type Happening, MINUTE_MS, minuteOf, ROLLUPS_KEPT_MS, WAIT_COLUMNS } from "../db/rollups.ts";
import { quantileMs } from "./quantiles.ts";

const HOUR_MINUTES = 60;
/** More are no plot, and no answer that anybody reads. */
const MOST_POINTS = 2_000;

/** Whose: an account's, a tenant's, or (both undefined) everybody's. */
export interface Whose {
  tenantId: string | undefined;
  accountId: string | undefined;
}

export interface Span {
  /** Unix milliseconds; undefined: an hour before the end, and the end of the minute under way. */
  since: number | undefined;
  until: number | undefined;
  stepSeconds: number | undefined;
}

/** Whole steps of whole minutes. */
export interface Steps {
  firstMinute: number;
  stepMinutes: number;
  count: number;
}

/** Steps begin at multiples of their length, so that the same moment is in the same step whenever somebody looks. */
export function stepsOf({ since, until, stepSeconds = 60 }: Span, now: number): Steps {
  const last = until === undefined ? minuteOf(now) + 1 : Math.ceil(until / MINUTE_MS);
  const first = since === undefined ? last - HOUR_MINUTES : minuteOf(since);
  const wished = Math.max(Math.ceil(stepSeconds / 60), 1);
  // A step more than fits may be begun at either end.
  const stepMinutes = Math.max(wished, Math.ceil((last - first) / (MOST_POINTS - 1)));
  const firstMinute = Math.floor(first / stepMinutes) * stepMinutes;
  return { firstMinute, stepMinutes, count: Math.max(Math.ceil((last - firstMinute) / stepMinutes), 0) };
}

export type Counts = Record<Happening, number>;
export interface Figure extends Counts {
  p50_seconds: number | null;
  p99_seconds: number | null;
}

const COLUMNS = [...HAPPENINGS, ...WAIT_COLUMNS];

// A look for each minute by the primary key, which the index on minutes alone would only lead to: the rows of other accounts and
// tenants of the same minute lie between them.
const READ = `
  with recursive steps (place) as (
    select cast(:first as integer) where :first <= :last union all select place + 1 from steps where place < :last),
  minutes (nth) as (select 0 union all select nth + 1 from minutes where nth < :step - 1)
  select s.place, ${COLUMNS.map((column) => `sum(r.${column}) as ${column}`).join(", ")}
  from steps s cross join minutes m cross join rollups r indexed by sqlite_autoindex_rollups_1
    on r.tenant_id = :tenantId and r.account_id = :accountId
      and r.minute = cast(:begin as integer) + s.place * cast(:step as integer) + m.nth
  group by s.place`;

type Row = Record<string, number>;

/** One figure for each step, and one over all of them. */
export async function readFigures(
  db: Database,
  { tenantId = "", accountId = "" }: Whose,
  { firstMinute, stepMinutes, count }: Steps,
  now: number,
): Promise<{ points: Figure[]; totals: Figure }> {
  const placeOf = (minute: number) => Math.floor((minute - firstMinute) / stepMinutes);
  const found = await rows<Row>(db, READ, {
    tenantId,
    accountId,
    begin: firstMinute,
    step: stepMinutes,
    // Where nothing is kept nobody looks.
    first: Math.max(placeOf(minuteOf(now - ROLLUPS_KEPT_MS)), 0),
    last: Math.min(placeOf(minuteOf(now) + 1), count - 1),
  });
  const byPlace = new Map(found.map((row) => [row.place, row]));
  return {
    points: Array.from({ length: count }, (_, place) => figureOf(byPlace.get(place) ?? {})),
    totals: figureOf(
      Object.fromEntries(COLUMNS.map((column) => [column, found.reduce((sum, row) => sum + row[column]!, 0)])),
    ),
  };
}

function figureOf(row: Row): Figure {
  const { sent = 0, failed = 0, deferred = 0, rate_limited = 0, bounced = 0, complained = 0 } = row;
  const waits = WAIT_COLUMNS.map((column) => row[column] ?? 0);
  return {
    ...{ sent, failed, deferred, rate_limited, bounced, complained },
    p50_seconds: secondsOf(quantileMs(waits, 0.5)),
    p99_seconds: secondsOf(quantileMs(waits, 0.99)),
  };
}

/** To the microsecond: beyond that a bucket tells nothing. */
function secondsOf(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1_000_000;
}
