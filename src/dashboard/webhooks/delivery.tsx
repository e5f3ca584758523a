/** One delivery: what was told, each call with what came of it, and the button that makes it once more. */
import type { OneDelivery } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { Live } from "../parts/live.tsx";
import { Table } from "../parts/table.tsx";
import { durationText, Time } from "../parts/time.tsx";
import { Json } from "../parts/verbatim.tsx";
import { deliveryHref, hrefOf, secondsOf } from "./links.ts";

const COLUMNS = [
  { name: "Call" },
  { name: "When" },
  { name: "Took", isNumber: true },
  { name: "Answer" },
  { name: "What it said" },
];

export function DeliveryPage({ url, delivery }: { url: string; delivery: OneDelivery }) {
  const { id, webhook_id: webhook, type, state, created_at, delivered_at, next_attempt_at, payload } = delivery;
  const href = deliveryHref(webhook, id);
  return (
    <>
      <p>
        <a href={hrefOf(webhook)}>{url}</a>
      </p>
      <h1>Delivery of {type}</h1>
      <Live id="delivery" href={href}>
        <Facts
          facts={{
            State: <Badge state={state} />,
            Id: <span class="mono">{id}</span>,
            Made: <Time ts={secondsOf(created_at)} />,
            Delivered: delivered_at === null ? undefined : <Time ts={secondsOf(delivered_at)} />,
            "Next call": next_attempt_at === null ? undefined : <Time ts={secondsOf(next_attempt_at)} />,
          }}
        />
        <h2>Calls</h2>
        <Calls attempts={delivery.attempts} />
      </Live>
      <div class="row actions">
        <Action to={`${href}/replay`}>Deliver it once more</Action>
      </div>
      <h2>What was told</h2>
      <Json label="Body of the call" value={payload} />
    </>
  );
}

function Calls({ attempts }: Pick<OneDelivery, "attempts">) {
  if (attempts.length === 0) return <p>It has not been called yet.</p>;
  return (
    <Table label="Calls" columns={COLUMNS}>
      {attempts.map(({ id, sent_at, duration_ms, http_status_code, response, error }) => (
        <tr>
          <td>{id}</td>
          <td>
            <Time ts={secondsOf(sent_at)} />
          </td>
          <td class="number">{duration_ms < 1_000 ? `${duration_ms} ms` : durationText(duration_ms / 1000)}</td>
          <td>{http_status_code ?? "none"}</td>
          <td class="wide">
            {error}
            {response !== null && <div>{response}</div>}
          </td>
        </tr>
      ))}
    </Table>
  );
}
