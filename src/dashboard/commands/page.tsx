/** What was asked for, newest first; each entry opens to show what was sent and what was answered. */
import type { CommandPage } from "../../client/types.ts";
import { Moment } from "../parts/moment.tsx";
import { Pager, withQuery } from "../parts/pager.tsx";
import { type Choice, TenantChoice } from "../parts/tenant-choice.tsx";
import { Time } from "../parts/time.tsx";
import { Json } from "../parts/verbatim.tsx";

export const HERE = "/dashboard/commands";

interface Filter {
  tenant_id: string | undefined;
  since: string;
  until: string;
}

interface PageProps {
  choice: Choice;
  filter: Filter;
  href: string;
  found: CommandPage;
}

export function CommandsPage({ choice, filter, href, found }: PageProps) {
  return (
    <>
      <h1>Command log</h1>
      <p class="soft">Every call that changed something, or tried to; without secrets.</p>
      <form method="get" action={HERE} class="row filter">
        <TenantChoice {...choice} all="all tenants" />
        <Moment name="since" label="Since (UTC)" value={filter.since} />
        <Moment name="until" label="Until (UTC)" value={filter.until} />
        <button type="submit">Show</button>
      </form>
      {found.commands.length === 0 && <p>Nothing was asked for in this time.</p>}
      {found.commands.map((command) => (
        <Entry command={command} />
      ))}
      <Pager href={href} cursor={found.next_cursor} />
      <p>
        <a class="button" href={withQuery(`${HERE}/export`, { ...filter })} download>
          Export as JSON lines
        </a>
      </p>
    </>
  );
}

function Entry({ command }: { command: CommandPage["commands"][number] }) {
  const { command_ts, method, path, status, tenant_id, payload, result, request_id } = command;
  return (
    <details class="card entry">
      <summary>
        <Time ts={command_ts} /> <strong>{method}</strong> <span class="path">{path}</span>{" "}
        <span class={`badge ${status < 400 ? "good" : "bad"}`}>{status < 400 ? "done" : `refused (${status})`}</span>{" "}
        {tenant_id !== null && <span class="soft">tenant {tenant_id}</span>}
      </summary>
      <h2>Asked</h2>
      {payload === null ? (
        <p class="soft">without a body</p>
      ) : (
        <Json label={`What ${method} ${path} sent`} value={payload} />
      )}
      <h2>Answered</h2>
      {result === null ? (
        <p class="soft">without a body</p>
      ) : (
        <Json label={`What ${method} ${path} was answered`} value={result} />
      )}
      <p class="soft">request {request_id}</p>
    </details>
  );
}
