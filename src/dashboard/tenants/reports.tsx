/** How the reports to a tenant's application stand, in words: the last call, what went wrong, the next one. */
import type { SyncStatus } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { durationText, Time } from "../parts/time.tsx";

export type SyncState = SyncStatus["tenants"][number];

/** So far ahead, with nothing wrong, the application has asked not to be disturbed. */
const QUIET_SECONDS = 3_600;

/** `now`: Unix milliseconds. */
export function Reports({ sync, now }: { sync: SyncState; now: number }) {
  const { active, failures, last_error, last_ok_ts, last_sync_ts, next_sync_ts, next_sync_due } = sync;
  if (!active) return <>Not called: the tenant is inactive.</>;
  if (next_sync_ts === null) return <>Not called: it has no base URL, so nothing is reported.</>;
  if (failures > 0)
    return (
      <>
        <Badge state="failing" /> Failed {failures === 1 ? "once" : `${failures} times in a row`}, last{" "}
        <Time ts={last_sync_ts} />: <q>{last_error}</q>.{" "}
        {last_ok_ts === null ? (
          "It never went well."
        ) : (
          <>
            Last went well <Time ts={last_ok_ts} />.
          </>
        )}{" "}
        Tried again {next_sync_due ? "now" : <Time ts={next_sync_ts} />}.
      </>
    );
  const ahead = next_sync_ts - now / 1000;
  return (
    <>
      <Badge state="well" /> Last call <Time ts={last_sync_ts} />
      {next_sync_due && <>; the next one is due now</>}
      {!next_sync_due && ahead < QUIET_SECONDS && <>; next in {durationText(ahead)}</>}
      {ahead >= QUIET_SECONDS && (
        <>
          . Do not disturb until <Time ts={next_sync_ts} />, unless there is something to report
        </>
      )}
    </>
  );
}
