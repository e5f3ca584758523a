/** One tenant: how it stands, its reports, what is held back, its limits and accounts, its key and secret, how it is set up. */
import type { Account, Attention, Figures, Tenant } from "../../client/types.ts";
import { Health } from "../accounts/health.tsx";
import { hrefOf as accountHref } from "../accounts/links.ts";
import { Action } from "../parts/action.tsx";
import { Facts } from "../parts/facts.tsx";
import { LastDay } from "../parts/last-day.tsx";
import { Limits, type Window } from "../parts/limits.tsx";
import { Live } from "../parts/live.tsx";
import { withQuery } from "../parts/pager.tsx";
import { Table } from "../parts/table.tsx";
import { Batches, Suspend } from "./batches.tsx";
import { Delete } from "./delete.tsx";
import { HERE, hrefOf } from "./links.ts";
import { State } from "./list.tsx";
import { Reports, type SyncState } from "./reports.tsx";
import { Key, WebhookSecret } from "./secrets.tsx";
import { SetUp } from "./set-up.tsx";

export interface TenantPageProps {
  tenant: Tenant;
  sync: SyncState | undefined;
  accounts: readonly Account[];
  attention: readonly Attention[];
  figures: Figures;
  isAdmin: boolean;
  now: number;
}

export function TenantPage({ tenant, sync, accounts, attention, figures, isAdmin, now }: TenantPageProps) {
  const { id } = tenant;
  const here = hrefOf(id);
  return (
    <>
      <h1>Tenant {id}</h1>
      <Live id="tenant" href={here}>
        <section class="card" aria-label="State">
          <Facts
            facts={{
              State: <State tenant={tenant} />,
              Reports: sync && <Reports sync={sync} now={now} />,
              "Not yet reported": sync?.unreported_events,
              "Messages waiting": sync?.waiting_messages,
              Limits: <Limits of={`tenant ${id}`} windows={windowsOf(tenant, accounts)} />,
            }}
          />
        </section>
        <div class="row actions">
          <Action to={`${HERE}/run-now`} fields={{ tenant_id: id, back: here }}>
            Send and report now
          </Action>
          <a class="button" href={`${here}/edit`}>
            Edit
          </a>
          <a class="button" href={withQuery("/dashboard/messages", { tenant_id: id })}>
            Its messages
          </a>
        </div>
        <h2>Suspended mail</h2>
        <Batches tenant={tenant} attention={attention} />
        <Suspend tenant={tenant} />
        <LastDay totals={figures.totals} />
        <h2>Accounts</h2>
        <Accounts tenantId={id} accounts={accounts} />
      </Live>
      {isAdmin && <Key tenant={tenant} />}
      <WebhookSecret tenant={tenant} />
      <h2>How it is set up</h2>
      <SetUp tenant={tenant} />
      {isAdmin && <Delete tenantId={id} />}
    </>
  );
}

function Accounts({ tenantId, accounts }: { tenantId: string; accounts: readonly Account[] }) {
  return (
    <>
      {accounts.length > 0 && (
        <Table label="Accounts of the tenant" columns={[{ name: "Account" }, { name: "Server" }, { name: "Health" }]}>
          {accounts.map((account) => (
            <tr>
              <th scope="row">
                <a href={accountHref(account)}>{account.id}</a>
              </th>
              <td class="server">
                {account.host}:{account.port}
              </td>
              <td class="state">
                <Health account={account} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        <a class="button" href={withQuery("/dashboard/accounts/new", { tenant_id: tenantId })}>
          Add an account
        </a>
      </p>
    </>
  );
}

/** A tenant's limits count what all of its accounts sent. */
function windowsOf({ rate_limits: limits }: Tenant, accounts: readonly Account[]): Window[] {
  const sum = (sent: (account: Account) => number) => accounts.reduce((total, account) => total + sent(account), 0);
  return [
    { name: "minute", used: sum((account) => account.sent_last_minute), limit: limits?.minute ?? null },
    { name: "hour", used: sum((account) => account.sent_last_hour), limit: limits?.hour ?? null },
    { name: "day", used: sum((account) => account.sent_last_day), limit: limits?.day ?? null },
  ];
}
