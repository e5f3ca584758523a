/** What arrived in the inbox, newest first. */
import type { InboxPage as Arrived } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Live } from "../parts/live.tsx";
import { sizeText } from "../parts/size.ts";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";

export const HERE = "/dashboard/inbox";

type Mails = Arrived["messages"];

const COLUMNS = [
  { name: "Subject" },
  { name: "From" },
  { name: "To" },
  { name: "Arrived" },
  { name: "Size", isNumber: true },
];

export function InboxPage({ mails }: { mails: Mails }) {
  return (
    <>
      <h1>Inbox</h1>
      <p class="soft">
        What accounts with the host <code>sandbox</code> have sent: it has left this machine for nobody. The last 1,000
        mails are kept, until the proxy stops.
      </p>
      <Live id="inbox" href={HERE}>
        {mails.length === 0 ? <p>Nothing has arrived yet.</p> : <List mails={mails} />}
      </Live>
    </>
  );
}

function List({ mails }: { mails: Mails }) {
  return (
    <>
      <Table label="Mails" columns={COLUMNS}>
        {mails.map(({ n, subject, from, to, received_ts, size }) => (
          <tr>
            <td class="wide">
              <a href={`${HERE}/${n}`}>{subject || "(no subject)"}</a>
            </td>
            <td class="wide">{from}</td>
            <td class="wide">{to.join(", ")}</td>
            <td>
              <Time ts={received_ts} />
            </td>
            <td class="number">{sizeText(size)}</td>
          </tr>
        ))}
      </Table>
      <div class="row actions">
        <Action to={`${HERE}/empty`} kind="danger" confirm="Remove all mails from the inbox?">
          Empty the inbox
        </Action>
      </div>
    </>
  );
}
