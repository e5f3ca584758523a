/** What became of an account's or a tenant's mail over the last day. */
import type { Figures } from "../../client/types.ts";
import { Totals } from "./totals.tsx";

const DAY_SECONDS = 86_400;
/** Steps begin at multiples of their length: one of a whole day would take in the day before, too. */
const STEP_SECONDS = 300;

/** The query for it, whoever's mail it is; `now` in Unix milliseconds. */
export function lastDay(now: number) {
  const until = Math.floor(now / 1000);
  return { since: until - DAY_SECONDS, until, step: STEP_SECONDS };
}

export function LastDay({ totals }: Pick<Figures, "totals">) {
  return (
    <section aria-labelledby="last-day">
      <h2 id="last-day">The last 24 hours</h2>
      <Totals totals={totals} />
    </section>
  );
}
