/** What happened to a message, oldest first, with the words of the servers. */
import type { MessageEvent, OneMessage } from "../../client/types.ts";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";

const COLUMNS = ["When", "What", "Words", "Reported"].map((name) => ({ name }));

export function Timeline({ message: { created_ts, events } }: { message: OneMessage }) {
  return (
    <>
      <h2>What happened</h2>
      <Table label="What happened" columns={COLUMNS}>
        <tr>
          <td class="when">
            <Time ts={created_ts} />
          </td>
          <td class="what">Accepted</td>
          <td />
          <td />
        </tr>
        {events.map((event) => (
          <Happening event={event} />
        ))}
      </Table>
    </>
  );
}

function Happening({ event }: { event: MessageEvent }) {
  const { event_ts, reported_ts, attempt, deferred_ts, outcome_unknown } = event;
  return (
    <tr>
      <td class="when">
        <Time ts={event_ts} />
      </td>
      <td class="what">
        {nameOf(event)}
        {attempt !== undefined && attempt > 0 && <div class="soft">attempt {attempt}</div>}
        {deferred_ts !== undefined && (
          <div class="soft">
            until <Time ts={deferred_ts} />
          </div>
        )}
      </td>
      <td class="words">
        <Words event={event} />
        {outcome_unknown && <div>No answer came after the message was complete: the server may have it.</div>}
      </td>
      <td class="when">
        <Time ts={reported_ts} />
      </td>
    </tr>
  );
}

const NAMES: Record<string, string> = {
  sent: "Sent",
  error: "Given up",
  deferred: "Put off",
  bounce: "Came back",
  complaint: "Complaint",
  delivered: "Delivered",
  delayed: "Delayed",
  canceled: "Canceled by hand",
  retried: "Sent again by hand",
  rescheduled: "Given another moment",
  pec_acceptance: "Certified mail: accepted",
  pec_delivery: "Certified mail: delivered",
  pec_error: "Certified mail: refused",
  pec_relay: "Certified mail: taken over",
  pec_timeout: "Certified mail: no receipt came in time",
};

function nameOf({ event, deferred_reason, bounce_type }: MessageEvent): string {
  if (deferred_reason === "rate_limit") return "Held back by a limit";
  const name = NAMES[event] ?? event.replaceAll("_", " ");
  return bounce_type === undefined ? name : `${name} (${bounce_type})`;
}

/** Of many recipients the first ones are named here; the table of recipients has them all. */
const MOST_NAMED = 3;

function Words({ event }: { event: MessageEvent }) {
  const { smtp_code, enhanced_code, recipients = [], ...said } = event;
  const why = said.bounce_reason ?? said.complaint_reason ?? said.pec_details ?? said.error ?? said.deferred_reason;
  const heard = recipients.filter(({ text, code }) => text !== null || code !== null);
  const codes = [smtp_code, enhanced_code].filter((code) => code !== null && code !== undefined).join(" ");
  const rest = recipients.length - Math.min(heard.length, MOST_NAMED);
  return (
    <>
      {why !== undefined && why !== "rate_limit" && <div>{why}</div>}
      {heard.length === 0 && codes !== "" && <div>{codes}</div>}
      {heard.slice(0, MOST_NAMED).map(({ address, code, enhanced_code: enhanced, text }) => (
        <div>
          {address}: {[code, enhanced, text].filter((part) => part !== null).join(" ")}
        </div>
      ))}
      {heard.length > MOST_NAMED && <div class="soft">and {rest} more</div>}
    </>
  );
}
