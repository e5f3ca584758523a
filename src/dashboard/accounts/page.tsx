/** One account: how it does, its limits, what it did over the last day, how it is set up, and what can be done with it. */
import type { Account, Figures } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Facts } from "../parts/facts.tsx";
import { Hidden } from "../parts/hidden.tsx";
import { LastDay } from "../parts/last-day.tsx";
import { Limits } from "../parts/limits.tsx";
import { Live } from "../parts/live.tsx";
import { waitingText } from "../parts/numbers.ts";
import { withQuery } from "../parts/pager.tsx";
import { Time } from "../parts/time.tsx";
import { hrefOf as tenantHref } from "../tenants/links.ts";
import { Health } from "./health.tsx";
import { fieldsOf, HERE, hrefOf } from "./links.ts";
import { nameOf, tlsWords, windowsOf } from "./list.tsx";
import { PauseForm } from "./pause.tsx";
import { STEPS_ID, Steps } from "./steps.tsx";

export function AccountPage({ account, figures }: { account: Account; figures: Figures }) {
  const here = hrefOf(account);
  const name = nameOf(account);
  return (
    <>
      <h1>Account {account.id}</h1>
      <Live id="account" href={here}>
        <section class="card" aria-label="Health">
          <p>
            <Health account={account} />
          </p>
          <Limits of={name} windows={windowsOf(account)} />
        </section>
        <section class="row actions" aria-label="Actions">
          <TestButton account={account} />
          {account.state === "paused" && account.paused_by !== "platform" ? (
            <Action to={`${HERE}/resume`} fields={{ ...fieldsOf(account), back: here }} kind="primary">
              Resume
            </Action>
          ) : (
            <PauseForm account={account} />
          )}
          <a class="button" href={`${here}/edit`}>
            Edit
          </a>
          <a class="button" href={messagesOf(account)}>
            Its messages
          </a>
        </section>
      </Live>
      <Steps tested={undefined} />
      <LastDay totals={figures.totals} />
      <h2>How it is set up</h2>
      <SetUp account={account} />
      <h2>Delete</h2>
      <Delete account={account} />
    </>
  );
}

/** In place where there is a script; else on a page of its own. */
function TestButton({ account }: { account: Account }) {
  return (
    <form
      method="post"
      action={`${HERE}/test`}
      class="action"
      hx-post={`${HERE}/test`}
      hx-target={`#${STEPS_ID}`}
      hx-select={`#${STEPS_ID}`}
      hx-swap="outerHTML"
    >
      <Hidden fields={{ ...fieldsOf(account), back: hrefOf(account) }} />
      <button type="submit">Test the connection</button>
    </form>
  );
}

function messagesOf({ tenant_id, id }: Account): string {
  return withQuery("/dashboard/messages", { tenant_id, account_id: id });
}

function SetUp({ account }: { account: Account }) {
  return (
    <Facts
      facts={{
        Tenant: <a href={tenantHref(account.tenant_id)}>{account.tenant_id}</a>,
        Server: `${account.host}:${account.port}`,
        TLS: tlsWords(account),
        "Logs in as": account.user ?? "nobody",
        Password: account.has_password ? "stored, not shown" : "none",
        Sender: account.from_address,
        "Allowed senders": account.allowed_senders?.join(", ") ?? "anybody",
        "At a limit": account.limit_behavior === "defer" ? "messages wait" : "messages fail",
        "Ready to be sent": waitingText(account.ready_messages),
        "Certified mail": account.is_pec_account ? `yes, receipts from ${account.imap_host ?? "no mailbox"}` : "no",
        Added: <Time ts={account.created_ts} />,
        Changed: <Time ts={account.updated_ts} />,
      }}
    />
  );
}

function Delete({ account }: { account: Account }) {
  return (
    <form
      method="post"
      action={`${HERE}/delete`}
      class="row"
      data-confirm={`Delete the ${nameOf(account)}? This cannot be undone.`}
    >
      <Hidden fields={fieldsOf(account)} />
      <label class="tick">
        <input type="checkbox" name="force" value="true" /> Also where messages wait for it: they fail, and are reported
      </label>
      <button type="submit" class="danger">
        Delete this account
      </button>
    </form>
  );
}
