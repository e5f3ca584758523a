/** What of a tenant's mail is held back by hand: all of it, or batch by batch, with how much waits. */
import type { Attention, Tenant } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Hidden } from "../parts/hidden.tsx";
import { withQuery } from "../parts/pager.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { HERE, hrefOf } from "./links.ts";
import { WHOLE } from "./list.tsx";

const COLUMNS = [
  { name: "Batch" },
  { name: "Suspended" },
  { name: "Messages waiting", isNumber: true },
  { name: "Actions" },
];

interface BatchesProps {
  tenant: Tenant;
  /** Of this tenant. */
  attention: readonly Attention[];
}

export function Batches({ tenant, attention }: BatchesProps) {
  const { id, suspended_batches: batches } = tenant;
  const isWhole = batches.includes(WHOLE);
  const back = hrefOf(id);
  const known = new Map(
    attention.filter(({ kind }) => kind === "batch_suspended").map((one) => [one.batch_code ?? WHOLE, one]),
  );
  return (
    <>
      {batches.length === 0 && <p>Nothing is suspended.</p>}
      {batches.length > 0 && (
        <Table label="Suspended batches" columns={COLUMNS}>
          {batches.map((batch) => (
            <tr>
              <th scope="row">
                <a href={messagesOf(id, batch)}>{batch === WHOLE ? "everything" : batch}</a>
              </th>
              <td>
                <Time ts={known.get(batch)?.since_ts} />
              </td>
              <td class="number">{known.get(batch)?.waiting ?? <span class="soft">–</span>}</td>
              <td>
                {batch === WHOLE || !isWhole ? (
                  <Action
                    to={`${HERE}/activate`}
                    fields={{ tenant_id: id, batch_code: batch, back }}
                    kind="primary"
                    label={`Activate ${batch === WHOLE ? "everything" : `batch ${batch}`} of ${id}`}
                  >
                    Activate
                  </Action>
                ) : (
                  <span class="soft">ends with everything</span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

/** Those that have not ended. */
function messagesOf(tenantId: string, batch: string): string {
  const batch_code = batch === WHOLE ? undefined : batch;
  return withQuery("/dashboard/messages", { tenant_id: tenantId, batch_code, status: "active" });
}

export function Suspend({ tenant: { id, suspended_batches: batches } }: { tenant: Tenant }) {
  const fields = { tenant_id: id, back: hrefOf(id) };
  return (
    <div class="row actions">
      <form method="post" action={`${HERE}/suspend`} class="row">
        <Hidden fields={fields} />
        <label for="batch_code">Batch</label>
        <input id="batch_code" name="batch_code" required maxlength={255} autocomplete="off" />
        <button type="submit">Suspend this batch</button>
      </form>
      {!batches.includes(WHOLE) && (
        <Action to={`${HERE}/suspend`} fields={{ ...fields, batch_code: WHOLE }}>
          Suspend everything
        </Action>
      )}
    </div>
  );
}
