/** What stands in a message's way beside itself, in words, with the way to where that is mended. */
import type { Child } from "hono/jsx";
import type { OneMessage } from "../../client/types.ts";
import { hrefOf as accountHref } from "../accounts/links.ts";
import { Time } from "../parts/time.tsx";
import { hrefOf as tenantHref } from "../tenants/links.ts";
import { isWaiting, type Waits } from "./waits.ts";

interface ObstacleProps {
  message: OneMessage;
  waits: Waits;
}

export function Obstacle({ message, waits }: ObstacleProps) {
  const words =
    (isWaiting(message) ? (ofTenant(message, waits) ?? ofAccount(message, waits)) : undefined) ?? waits.line;
  return words === undefined ? null : <p class="warning">{words}</p>;
}

function ofTenant({ tenant_id, batch_code }: OneMessage, { tenant }: Waits): Child | undefined {
  const owner = <a href={tenantHref(tenant_id)}>its tenant {tenant_id}</a>;
  if (tenant?.active === false) return <>Nothing goes of {owner}, which is not active: activate it there.</>;
  if (tenant?.suspended_batches.includes("*"))
    return <>All mail of {owner} is suspended: it goes once that is activated there.</>;
  if (batch_code === null || !tenant?.suspended_batches.includes(batch_code)) return undefined;
  return (
    <>
      Its batch {batch_code} is suspended: it goes once that is activated at {owner}.
    </>
  );
}

function ofAccount({ tenant_id, account_id }: OneMessage, { account }: Waits): Child | undefined {
  if (account_id === null) return undefined;
  if (account === undefined)
    return `Its account ${account_id} was deleted: no server will get it, and it is given up once its turn comes.`;
  if (account.state !== "paused") return undefined;
  return (
    <>
      <a href={accountHref({ tenant_id, id: account_id })}>Its account {account_id}</a> is paused{" "}
      <Pause account={account} />
    </>
  );
}

function Pause({ account: { paused_by, paused_until, last_error } }: { account: NonNullable<Waits["account"]> }) {
  const until = paused_until !== null && (
    <>
      until <Time ts={paused_until} />
    </>
  );
  if (paused_by === "hand") return <>by hand, {until || "until somebody resumes it"}.</>;
  return (
    <>
      {until}
      {last_error !== null && `: ${last_error}`}
    </>
  );
}
