/** How much accounts have sent lately: sums over the grants from which their limits are reckoned. */
import { type Database, json, rows } from "../db/database.ts";

/** Messages of the last 60 seconds, 60 minutes and 24 hours. */
export interface Usage {
  minute: number;
  hour: number;
  day: number;
}

export const NO_USAGE: Usage = { minute: 0, hour: 0, day: 0 };

const USAGE = `
  select account_key as accountKey,
    sum(case when at > :now - 60000 then count else 0 end) as minute,
    sum(case when at > :now - 3600000 then count else 0 end) as hour,
    sum(count) as day
  from grants
  where account_key in (select value from json_each(:accountKeys)) and at > :now - 86400000
  group by account_key`;

/** By account key; accounts that sent nothing are missing. */
export async function accountUsage(
  db: Database,
  accountKeys: readonly number[],
  now: number,
): Promise<Map<number, Usage>> {
  const found = await rows<Usage & { accountKey: number }>(db, USAGE, {
    accountKeys: json(accountKeys),
    now,
  });
  return new Map(found.map(({ accountKey, minute, hour, day }) => [accountKey, { minute, hour, day }]));
}
