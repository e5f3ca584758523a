/** SQL: since when a message waits, so that what was to go later is not called late. */

/**
 * SQL, of the row `alias` of messages: the moment at which it was to go, as far as its content does not tell; null where nobody
 * named one. Until its first attempt the row says so; after that, and behind a limit, `deferred_at` is the moment of the next
 * one, and what was changed by hand is in its events.
 */
export const DUE_AT = (alias: string) => `
    case when ${isUntried(alias)} then ${alias}.deferred_at else ${byHand(alias)} end`;

/** SQL, of the same: since when it waits (Unix ms); in code it is `waitingSince` (rollups.ts). */
export const WAITING_SINCE = (alias: string) => `max(${alias}.created_at, ifnull(
    case when ${isUntried(alias)} then ${alias}.deferred_at else ifnull(${byHand(alias)},
      (select cast((p.content ->> '$.deferred_ts') * 1000 as integer) from payloads p where p.message = ${alias}.seq)) end, 0))`;

function isUntried(alias: string): string {
  return `${alias}.attempts = 0 and ${alias}.error is null and not ${alias}.rate_limited`;
}

function byHand(alias: string): string {
  return `(
      select max(iif(e.type = 'retried', e.at, (e.data ->> '$.deferred_ts') * 1000)) from events e
      where e.message = ${alias}.seq and e.type in ('retried', 'rescheduled'))`;
}
