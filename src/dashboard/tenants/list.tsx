/** All tenants: whether they are active, how their reports stand, what waits. */
import type { Tenant } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Badge } from "../parts/badge.tsx";
import { Table } from "../parts/table.tsx";
import { HERE, hrefOf } from "./links.ts";
import { Reports, type SyncState } from "./reports.tsx";

const COLUMNS = [
  { name: "Tenant" },
  { name: "State" },
  { name: "Reports" },
  { name: "Not yet reported", isNumber: true },
  { name: "Messages waiting", isNumber: true },
  { name: "Actions" },
];

interface ListProps {
  tenants: readonly Tenant[];
  syncs: ReadonlyMap<string, SyncState>;
  now: number;
}

export function TenantList({ tenants, syncs, now }: ListProps) {
  if (tenants.length === 0)
    return (
      <p>
        There is no tenant yet: <a href={`${HERE}?add`}>add one</a>. Each application that sends mail is one.
      </p>
    );
  return (
    <Table label="Tenants" columns={COLUMNS}>
      {tenants.map((tenant) => {
        const sync = syncs.get(tenant.id);
        return (
          <tr>
            <th scope="row">
              <a class="id" href={hrefOf(tenant.id)}>
                {tenant.id}
              </a>
              <br />
              <span class="soft">{tenant.name}</span>
            </th>
            <td>
              <State tenant={tenant} />
            </td>
            <td class="state">{sync && <Reports sync={sync} now={now} />}</td>
            <td class="number">{sync?.unreported_events}</td>
            <td class="number">{sync?.waiting_messages}</td>
            <td>
              <Action
                to={`${HERE}/run-now`}
                fields={{ tenant_id: tenant.id, back: HERE }}
                label={`Run now for ${tenant.id}: send and report`}
              >
                Run now
              </Action>
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** Everything of the tenant, where it stands among suspended batches. */
export const WHOLE = "*";

export function State({ tenant: { active, suspended_batches: batches } }: { tenant: Tenant }) {
  if (!active) return <Badge state="inactive" />;
  if (batches.includes(WHOLE))
    return (
      <>
        <Badge state="suspended" /> All its mail waits until it is activated.
      </>
    );
  if (batches.length === 0) return <Badge state="active" />;
  return (
    <>
      <Badge state="active" /> {batches.length === 1 ? "One batch waits" : `${batches.length} batches wait`}:{" "}
      {batches.join(", ")}
    </>
  );
}
