/** The entries as a table; those that are ticked are taken off together. */
import type { Suppression } from "../../client/types.ts";
import { hrefOf as messageHref } from "../messages/links.ts";
import { Hidden } from "../parts/hidden.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import type { Filter } from "./filter.ts";

const COLUMNS = [
  { name: "Select", isUnseen: true },
  ...["Address", "Why", "Reason", "Since", "Ends"].map((name) => ({ name })),
  { name: "Remove", isUnseen: true },
];

export function List({ entries, filter }: { entries: readonly Suppression[]; filter: Filter }) {
  if (entries.length === 0)
    return <p>{filter.q === "" && filter.source === "" ? "The list is empty." : "Nothing on the list fits."}</p>;
  return (
    <form
      method="post"
      action="/dashboard/suppressions/remove"
      data-confirm="Take off the list? Mail goes there again from then on."
    >
      <Hidden fields={filter} />
      <Table label="Suppressed addresses" columns={COLUMNS}>
        {entries.map((entry) => (
          <Entry entry={entry} />
        ))}
      </Table>
      <p>
        <button type="submit">Take the selected off the list</button>
      </p>
    </form>
  );
}

function Entry({ entry: { address, source, reason, pk, message_id, created_ts, expires_ts } }: { entry: Suppression }) {
  return (
    <tr>
      <td>
        <input type="checkbox" name="address" value={address} aria-label={`Select ${address}`} />
      </td>
      <td>
        <span class="id">{address}</span>
      </td>
      <td>
        {pk === null ? source : <a href={messageHref(pk)}>{source}</a>}
        {message_id !== null && (
          <div class="soft">
            message <span class="id">{message_id}</span>
          </div>
        )}
      </td>
      <td class="wide">{reason}</td>
      <td>
        <Time ts={created_ts} />
      </td>
      <td>{expires_ts === null ? <span class="soft">until taken off</span> : <Time ts={expires_ts} />}</td>
      <td>
        <button type="submit" name="only" value={address} aria-label={`Remove ${address}`}>
          Remove
        </button>
      </td>
    </tr>
  );
}
