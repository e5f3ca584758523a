/** The webhooks of a tenant, each with how it goes; and the form that adds one. */
import type { Webhook } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { Live } from "../parts/live.tsx";
import { Table } from "../parts/table.tsx";
import { type Choice, NoTenant, TenantChoice } from "../parts/tenant-choice.tsx";
import { Time } from "../parts/time.tsx";
import { type Asked, Fields } from "./form.tsx";
import { HERE, hrefOf, secondsOf } from "./links.ts";
import { stateOf } from "./state.tsx";

interface PageProps {
  choice: Choice;
  href: string;
  /** Undefined where there is no tenant. */
  found: readonly Webhook[] | undefined;
  refused: { given: Asked; fault: string } | undefined;
}

export function WebhooksPage({ choice, href, found, refused }: PageProps) {
  return (
    <>
      <h1>Webhooks</h1>
      <p class="soft">Endpoints of the application that are told at once what became of its mail.</p>
      {choice.tenants.length > 1 && (
        <form method="get" action={HERE} class="row filter">
          <TenantChoice {...choice} />
          <button type="submit">Show</button>
        </form>
      )}
      {found === undefined ? (
        <NoTenant />
      ) : (
        <>
          <Live id="webhooks" href={href}>
            <List webhooks={found} />
          </Live>
          <form method="post" action={`${HERE}/add`} class="card form narrow">
            <h2>Add a webhook</h2>
            <input type="hidden" name="tenant_id" value={choice.tenantId} />
            <Fields url={refused?.given.url ?? ""} events={refused?.given.events ?? null} fault={refused?.fault} />
            <button type="submit">Add the webhook</button>
          </form>
        </>
      )}
    </>
  );
}

const COLUMNS = [
  { name: "URL" },
  { name: "State" },
  { name: "Events" },
  { name: "Waiting", isNumber: true },
  { name: "Last call" },
];

function List({ webhooks }: { webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) return <p>There is no webhook yet.</p>;
  return (
    <Table label="Webhooks" columns={COLUMNS}>
      {webhooks.map((webhook) => (
        <tr>
          <td class="wide">
            <a href={hrefOf(webhook.id)}>{webhook.url}</a>
          </td>
          <td>
            <Badge state={stateOf(webhook)} />
          </td>
          <td class="wide">{webhook.events === null ? "all" : webhook.events.join(", ")}</td>
          <td class="number">{webhook.pending_deliveries}</td>
          <td>
            <Time ts={secondsOf(webhook.lastDeliveryAt)} /> {webhook.lastDeliveryStatus}
          </td>
        </tr>
      ))}
    </Table>
  );
}
