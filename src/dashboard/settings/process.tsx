/** What this process does now, the mailboxes in which bounces come in, and the buttons that do not wait for the clock. */
import type { Status } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { counted } from "../parts/numbers.ts";
import { Table } from "../parts/table.tsx";
import { durationText, Time } from "../parts/time.tsx";
import { versionText } from "../parts/version.ts";

const COLUMNS = ["Mailbox", "State", "Last read", "What went wrong"].map((name) => ({ name }));

export function Process({ status, now }: { status: Status; now: number }) {
  const { in_flight, connections, mailboxes, queue } = status;
  const oldest = queue.oldest_ready_seconds;
  return (
    <>
      <div class="card">
        <Facts
          facts={{
            Version: versionText(status),
            "This process": doing(status),
            "Being sent": `${counted(in_flight, "message")}; ${counted(connections, "connection")} open`,
            Ready: `${counted(queue.ready, "message")}${oldest === null ? "" : `, the oldest for ${durationText(oldest)}`}`,
            Later: counted(queue.scheduled, "message"),
            Suspended: counted(queue.held, "message"),
          }}
        />
        <div class="row actions">
          <Action to="/dashboard/settings/run-now">Send and report what is due now</Action>
        </div>
      </div>
      <h2>Mailboxes for bounces and receipts</h2>
      <Mailboxes mailboxes={mailboxes} now={now} />
    </>
  );
}

function doing({ active, draining }: Status): string {
  if (draining) return "is stopping: it takes nothing more in, and finishes what is in flight";
  return active ? "sends and reports" : "only takes messages in; another process has to send them";
}

function Mailboxes({ mailboxes, now }: { mailboxes: Status["mailboxes"]; now: number }) {
  if (mailboxes.length === 0) return <p>None is set up.</p>;
  return (
    <>
      <Table label="Mailboxes" columns={COLUMNS}>
        {mailboxes.map((mailbox) => (
          <tr>
            <td>{mailbox.account_id === null ? "of this instance" : `${mailbox.tenant_id}, ${mailbox.account_id}`}</td>
            <td>
              <Badge state={STATES[mailbox.state]} />
            </td>
            <td>
              <Time ts={mailbox.last_read_ts} />
            </td>
            <td>
              {mailbox.last_error}
              {mailbox.retry_ts !== null && mailbox.state === "failing" && (
                <div class="soft">tried again {untilText(mailbox.retry_ts, now)}</div>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <div class="row actions">
        <Action to="/dashboard/settings/read-mailboxes">Read the mailboxes anew</Action>
      </div>
    </>
  );
}

function untilText(ts: number, now: number): string {
  const seconds = ts - now / 1000;
  return seconds > 0 ? `in ${durationText(seconds)}` : "now";
}

const STATES: Record<Status["mailboxes"][number]["state"], string> = {
  reading: "being read",
  waiting: "all read",
  failing: "failing",
  elsewhere: "read by another process",
  unread: "nobody reads it",
};
