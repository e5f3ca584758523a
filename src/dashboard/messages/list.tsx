/** The messages as a table; those that are ticked are dealt with together. */
import type { StoredMessage } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { messageHref } from "./filter.ts";
import { short } from "./short.ts";

const LONGEST_SUBJECT = 120;
const LONGEST_ERROR = 160;
const LONGEST_NAME = 80;

interface ListProps {
  messages: readonly StoredMessage[];
  /** The filter, for the way back. */
  back: string;
  /** Whose they are is to be seen: the admin sees all tenants'. */
  hasTenants: boolean;
}

export function List({ messages, back, hasTenants }: ListProps) {
  const names = ["Message", "State", "To", "Subject", hasTenants ? "Account, tenant" : "Account"];
  return (
    <Table label="Messages" columns={[{ name: "Select", isUnseen: true }, ...names.map((name) => ({ name }))]}>
      {messages.map((message) => (
        <Row message={message} back={back} hasTenants={hasTenants} />
      ))}
    </Table>
  );
}

function Row({ message, back, hasTenants }: { message: StoredMessage; back: string; hasTenants: boolean }) {
  const { pk, id, tenant_id, account_id, created_ts, subject } = message;
  return (
    <tr>
      <td>
        <input type="checkbox" name="pk" value={pk} aria-label={`Select ${short(id, LONGEST_NAME)}`} />
      </td>
      <td class="name">
        <a href={messageHref(pk, back)}>{short(id, LONGEST_NAME)}</a>
        <div class="soft when">
          <Time ts={created_ts} />
        </div>
      </td>
      <td class="standing">
        <Standing message={message} />
      </td>
      <td class="name">
        <Recipients message={message} />
      </td>
      <td class="subject">{short(subject ?? "", LONGEST_SUBJECT)}</td>
      <td>
        {account_id !== null && <span class="id">{short(account_id, LONGEST_NAME)}</span>}
        {hasTenants && (
          <div class="soft">
            <span class="id">{short(tenant_id, LONGEST_NAME)}</span>
          </div>
        )}
      </td>
    </tr>
  );
}

function Recipients({ message: { recipients } }: { message: StoredMessage }) {
  const [first, ...others] = recipients;
  if (first === undefined) return <span class="soft">–</span>;
  return (
    <>
      <span class="id">{short(first.address, LONGEST_NAME)}</span>
      {others.length > 0 && <div class="soft">and {others.length} more</div>}
    </>
  );
}

/** How it stands, how often it was tried, when it is tried next, and what was wrong. */
function Standing({ message: { status, attempts, deferred_ts, error } }: { message: StoredMessage }) {
  return (
    <>
      <Badge state={status} />
      {attempts > 1 && <span class="soft"> {attempts} attempts</span>}
      {status === "deferred" && deferred_ts !== null && (
        <div class="soft">
          until <Time ts={deferred_ts} />
        </div>
      )}
      {error !== null && status !== "sent" && <div class="why">{short(error, LONGEST_ERROR)}</div>}
    </>
  );
}
