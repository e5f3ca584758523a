/** What waits, in which state and with which priority, and what waits longest. */
import { PRIORITY_WORDS } from "../../api/schemas/values.ts";
import type { Overview } from "../../client/types.ts";
import { hrefOf as messageHref } from "../messages/links.ts";
import { counted, countText } from "../parts/numbers.ts";
import { Table } from "../parts/table.tsx";
import { durationText, Time } from "../parts/time.tsx";

const STATES = {
  sending: "being sent",
  ready: "ready to be sent",
  scheduled: "for later",
  held: "suspended",
} as const;

const COLUMNS = [{ name: "State" }, { name: "Priority" }, { name: "Messages", isNumber: true }, { name: "Share" }];

export function Queue({ queue, pending }: Pick<Overview, "queue" | "pending">) {
  const total = Object.values(pending).reduce((sum, count) => sum + count, 0);
  if (total === 0) return <p>Nothing waits.</p>;
  const shown = queue.filter(({ count }) => count > 0);
  const most = Math.max(total, ...shown.map(({ count }) => count));
  return (
    <>
      <p>
        {counted(total, "message")}: {countText(pending.sending)} being sent, {countText(pending.ready)} ready to be
        sent, {countText(pending.scheduled)} for later, {countText(pending.held)} suspended.
      </p>
      <div class="queue">
        <Table label="Messages that wait, by state and priority" columns={COLUMNS}>
          {shown.map(({ state, priority, count, count_is_at_least }) => {
            const words = `${STATES[state]}${priority === null ? "" : `, ${PRIORITY_WORDS[priority]}`}`;
            return (
              <tr>
                <th scope="row">{STATES[state]}</th>
                <td>{priority === null ? "any" : PRIORITY_WORDS[priority]}</td>
                <td class="number">
                  {count_is_at_least && "at least "}
                  {countText(count)}
                </td>
                <td>
                  <meter min={0} max={most} value={count} aria-label={`Share of the queue: ${words}`} />
                </td>
              </tr>
            );
          })}
        </Table>
      </div>
    </>
  );
}

/** `isForAll`: the tenant is not known from elsewhere on the page. */
export function Oldest({ oldest, isForAll }: { oldest: Overview["oldest"]; isForAll: boolean }) {
  if (oldest === null) return null;
  const { pk, id, tenant_id, account_id, created_ts, waiting_seconds } = oldest;
  return (
    <p class="oldest">
      Waiting longest: <a href={messageHref(pk)}>{id}</a>
      {isForAll && <> of tenant {tenant_id}</>}
      {account_id !== null && <> by account {account_id}</>}, for <strong>{durationText(waiting_seconds)}</strong>,
      accepted <Time ts={created_ts} />.
    </p>
  );
}
