/** How much accounts have sent lately, as sums over the grants from which their limits are reckoned, and how much is ready to be sent. */
import { type Database, json, rows } from "../db/database.ts";

/** Messages of the last 60 seconds, 60 minutes and 24 hours. */
export interface Usage {
  minute: number;
  hour: number;
  day: number;
  /** Messages that only wait to be sent, counted as far as MOST_READY. */
  ready: number;
}

export const NO_USAGE: Usage = { minute: 0, hour: 0, day: 0, ready: 0 };

/** Whoever has more of them has many: to count a million of them takes a while. */
const MOST_READY = 1_000;

const USAGE = `
  with sent as (
    select account_key,
      sum(case when at > :now - 60000 then count else 0 end) as minute,
      sum(case when at > :now - 3600000 then count else 0 end) as hour,
      sum(count) as day
    from grants
    where account_key in (select value from json_each(:accountKeys)) and at > :now - 86400000
    group by account_key)
  select k.value as accountKey, ifnull(s.minute, 0) as minute, ifnull(s.hour, 0) as hour, ifnull(s.day, 0) as day,
    (select count(*) from (
      select 1 from messages m where m.state = 'ready' and m.account_key = k.value limit ${MOST_READY})) as ready
  from json_each(:accountKeys) k left join sent s on s.account_key = k.value`;

/** By account key. */
export async function accountUsage(
  db: Database,
  accountKeys: readonly number[],
  now: number,
): Promise<Map<number, Usage>> {
  const found = await rows<Usage & { accountKey: number }>(db, USAGE, {
    accountKeys: json(accountKeys),
    now,
  });
  return new Map(found.map(({ accountKey, ...usage }) => [accountKey, usage]));
}
