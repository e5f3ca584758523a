/** A webhook: how it stands, what can be done about it, and what it was told. */
import type { DeliveryPage, Webhook } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { Live } from "../parts/live.tsx";
import { Pager } from "../parts/pager.tsx";
import { Time } from "../parts/time.tsx";
import { Fields } from "./form.tsx";
import { HERE, hrefOf, secondsOf } from "./links.ts";
import { Log } from "./log.tsx";
import { type Filter, Narrow, Replay } from "./log-forms.tsx";
import { StateInWords, stateOf } from "./state.tsx";

interface PageProps {
  webhook: Webhook;
  filter: Filter;
  /** This page, and the first one of its list. */
  here: string;
  list: string;
  found: DeliveryPage;
}

export function WebhookPage({ webhook, filter, here, list, found }: PageProps) {
  return (
    <>
      <p>
        <a href={`${HERE}?tenant_id=${encodeURIComponent(webhook.tenant_id)}`}>Webhooks of {webhook.tenant_id}</a>
      </p>
      <h1>{webhook.url}</h1>
      <Live id="standing" href={here}>
        <Standing webhook={webhook} />
        <Actions webhook={webhook} />
      </Live>
      <h2>Deliveries</h2>
      <Narrow filter={filter} id={webhook.id} />
      <Live id="deliveries" href={here}>
        <Log webhook={webhook.id} deliveries={found.deliveries} />
        <Pager href={list} cursor={found.next_cursor} />
      </Live>
      <div class="cards forms">
        {webhook.status === "enabled" && <Replay id={webhook.id} />}
        <form method="post" action={`${hrefOf(webhook.id)}/edit`} class="card form">
          <h2>Change it</h2>
          <Fields url={webhook.url} events={webhook.events} />
          <button type="submit">Save</button>
        </form>
      </div>
    </>
  );
}

function Standing({ webhook }: { webhook: Webhook }) {
  const { created_at, events, pending_deliveries, previousSecretExpiresAt: until } = webhook;
  return (
    <div class="card">
      <p>
        <Badge state={stateOf(webhook)} />
      </p>
      <StateInWords webhook={webhook} />
      <Facts
        facts={{
          Tenant: webhook.tenant_id,
          Events: events === null ? "all" : events.join(", "),
          Waiting: String(pending_deliveries),
          "Last call": (
            <>
              <Time ts={secondsOf(webhook.lastDeliveryAt)} /> {webhook.lastDeliveryStatus}
            </>
          ),
          Added: <Time ts={secondsOf(created_at)} />,
          "Secret made": <Time ts={secondsOf(webhook.secretRotatedAt ?? created_at)} />,
          "Old secret signs until": until === null ? undefined : <Time ts={secondsOf(until)} />,
        }}
      />
    </div>
  );
}

function Actions({ webhook: { id, status, url } }: { webhook: Webhook }) {
  const to = (action: string) => `${hrefOf(id)}/${action}`;
  return (
    <div class="row actions">
      {status === "enabled" ? (
        <>
          <Action to={to("test")} kind="primary">
            Send a test
          </Action>
          <Action to={to("disable")}>Disable</Action>
        </>
      ) : (
        <Action to={to("enable")} kind="primary">
          Enable
        </Action>
      )}
      <Action to={to("rotate")} confirm="Make another secret? The application must be given it in time.">
        Rotate the secret
      </Action>
      <Action to={to("delete")} kind="danger" confirm={`Remove ${url}, and the log of what it was told?`}>
        Remove
      </Action>
    </div>
  );
}
