/** What a webhook was told, newest first. */
import type { Delivery } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { deliveryHref, secondsOf } from "./links.ts";

const COLUMNS = [
  { name: "Event" },
  { name: "State" },
  { name: "Made" },
  { name: "Calls", isNumber: true },
  { name: "Last answer", isNumber: true },
  { name: "Next call" },
];

export function Log({ webhook, deliveries }: { webhook: string; deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return <p>Nothing here.</p>;
  return (
    <Table label="Deliveries" columns={COLUMNS}>
      {deliveries.map(({ id, type, state, created_at, attempt_count, http_status_code, next_attempt_at }) => (
        <tr>
          <td>
            <a href={deliveryHref(webhook, id)}>{type}</a>
          </td>
          <td>
            <Badge state={state} />
          </td>
          <td>
            <Time ts={secondsOf(created_at)} />
          </td>
          <td class="number">{attempt_count}</td>
          <td class="number">{http_status_code ?? "–"}</td>
          <td>
            <Time ts={secondsOf(next_attempt_at)} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
