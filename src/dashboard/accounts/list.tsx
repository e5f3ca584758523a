/** All accounts: how they do, how much of their limits is used up, and how much waits for them. */
import type { Account } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Limits, type Window } from "../parts/limits.tsx";
import { waitingText } from "../parts/numbers.ts";
import { Table } from "../parts/table.tsx";
import { Health } from "./health.tsx";
import { fieldsOf, HERE, hrefOf } from "./links.ts";

const COLUMNS = [
  { name: "Account" },
  { name: "Server" },
  { name: "Health" },
  { name: "Sent, and its limits" },
  { name: "Waiting", isNumber: true },
  { name: "Actions" },
];

export function AccountList({ accounts }: { accounts: readonly Account[] }) {
  if (accounts.length === 0)
    return (
      <p>
        There is no account yet: <a href={`${HERE}/new`}>add one</a>, so that mail can be sent.
      </p>
    );
  return (
    <Table label="Accounts" columns={COLUMNS}>
      {accounts.map((account) => (
        <tr>
          <th scope="row">
            <a class="id" href={hrefOf(account)}>
              {account.id}
            </a>
            <br />
            <span class="id soft">{account.tenant_id}</span>
          </th>
          <td class="server">
            {account.host}:{account.port}
            <br />
            <span class="soft">{tlsWords(account)}</span>
          </td>
          <td class="state">
            <Health account={account} />
          </td>
          <td>
            <Limits of={nameOf(account)} windows={windowsOf(account)} />
          </td>
          <td class="number">{waitingText(account.ready_messages)}</td>
          <td>
            <Steering account={account} back={HERE} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** The buttons of an account; `back`: where to be afterwards. */
export function Steering({ account, back }: { account: Account; back: string }) {
  const fields = { ...fieldsOf(account), back };
  const name = nameOf(account);
  return (
    <div class="buttons">
      <Action to={`${HERE}/test`} fields={fields} label={`Test the connection of ${name}`}>
        Test
      </Action>
      {account.state === "paused" && account.paused_by !== "platform" ? (
        <Action to={`${HERE}/resume`} fields={fields} label={`Resume ${name}`} kind="primary">
          Resume
        </Action>
      ) : (
        <Action to={`${HERE}/pause`} fields={fields} label={`Pause ${name} until it is resumed`}>
          Pause
        </Action>
      )}
    </div>
  );
}

export function nameOf({ tenant_id, id }: Pick<Account, "tenant_id" | "id">): string {
  return `account ${id} of ${tenant_id}`;
}

const TLS: Record<Account["tls"], string> = {
  implicit: "TLS from the first byte",
  starttls: "STARTTLS",
  opportunistic: "STARTTLS where offered",
  none: "no TLS",
};

export function tlsWords({ tls, tls_verify }: Account): string {
  return tls_verify === false && tls !== "none" ? `${TLS[tls]}, certificate not checked` : TLS[tls];
}

export function windowsOf(account: Account): Window[] {
  return [
    { name: "minute", used: account.sent_last_minute, limit: account.limit_per_minute },
    { name: "hour", used: account.sent_last_hour, limit: account.limit_per_hour },
    { name: "day", used: account.sent_last_day, limit: account.limit_per_day },
  ];
}
