/**
 * How many messages an account may start to send now, over exact sliding windows.
 *
 * A message counts against its account's and its tenant's limits from the claim on: while it is in flight (state
 * `sending`) it counts always, once settled it stands in `grants` at the moment it was settled. So a window can never
 * hold more sends than its limit, whatever the number of processes, and giving a lease back gives its slot back.
 */

/** Grants are kept in steps of this many milliseconds, rounded up: a slot is free a little late, never early. */
const GRANT_STEP_MS = 100;

/** The step in which a send that ended now is kept. */
export function grantAt(now: number): number {
  return Math.ceil(now / GRANT_STEP_MS) * GRANT_STEP_MS;
}

const WINDOWS = [
  ["limit_per_minute", 60_000],
  ["limit_per_hour", 3_600_000],
  ["limit_per_day", 86_400_000],
] as const;

/** Slots of an account without limits. */
export const UNLIMITED = 1_000_000_000;

/** Whose sends count for the account `a`: its own, or those of all accounts of its tenant. */
const OWN = "= a.key";
const TENANTS = "in (select x.key from accounts x where x.tenant_id = a.tenant_id)";

const inFlight = (whose: string) =>
  `(select count(*) from messages m where m.state = 'sending' and m.account_key ${whose})`;
const granted = (whose: string, windowMs: number) =>
  `(select ifnull(sum(g.count), 0) from grants g where g.account_key ${whose} and g.at > :now - ${windowMs})`;

function free(owner: string, whose: string): string[] {
  return WINDOWS.map(
    ([limit, windowMs]) =>
      `case when ${owner}.${limit} is null then ${UNLIMITED} else ${owner}.${limit} - ${granted(whose, windowMs)} - ${inFlight(whose)} end`,
  );
}

/** SQL: the slots left to account `a` by the limits of its own. */
export const OWN_LIMIT_SLOTS = `max(0, min(${free("a", OWN).join(", ")}))`;

/** SQL: the slots left to account `a` of tenant `t` by its limits alone. */
export const LIMIT_SLOTS = `max(0, min(${[...free("a", OWN), ...free("t", TENANTS)].join(", ")}))`;

/** SQL: the slots of account `a`: none while it is paused, one at a time until it has proved well again. */
export const SLOTS = `case
  when a.paused_until > :now then 0
  when a.faults > 0 then max(0, min(1 - ${inFlight(OWN)}, ${LIMIT_SLOTS}))
  else ${LIMIT_SLOTS} end`;

/** SQL: when every exhausted window of account `a` has a slot again, given what is settled; null if none is exhausted. */
export const NEXT_SLOT_AT = `(select max(freeAt) from (${[["a", OWN] as const, ["t", TENANTS] as const]
  .flatMap(([owner, whose]) =>
    WINDOWS.map(
      ([limit, windowMs]) => `
    select (select min(g.at) from grants g where g.account_key ${whose} and g.at > :now - ${windowMs}) + ${windowMs} as freeAt
    where ${owner}.${limit} is not null and ${owner}.${limit} - ${granted(whose, windowMs)} - ${inFlight(whose)} <= 0`,
    ),
  )
  .join(" union all ")}))`;
