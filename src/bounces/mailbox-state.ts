/** How a mailbox stands, as operators see it. */
import type { MailboxRow } from "./mailbox-lease.ts";
import type { MailboxReader } from "./mailbox-reader.ts";

export interface MailboxIdentity {
  /** `instance`, or `account:` and the account's key. */
  id: string;
  /** Both null: the instance's. */
  tenantId: string | null;
  accountId: string | null;
}

export interface MailboxState extends MailboxIdentity {
  /** `elsewhere`: another process reads it; `unread`: none does. */
  state: "reading" | "waiting" | "failing" | "elsewhere" | "unread";
  /** When it was last read to its end. Moments are Unix milliseconds. */
  lastReadAt: number | null;
  lastError: string | null;
  lastErrorAt: number | null;
  /** When it is tried again, while it fails. */
  retryAt: number | null;
}

type Reading = Pick<MailboxReader, "phase" | "lastReadAt">;

export function stateOf(
  { id, tenantId, accountId }: MailboxIdentity,
  row: MailboxRow | undefined,
  reader: Reading | undefined,
  now: number,
): MailboxState {
  const state = reader?.phase ?? (row === undefined ? "unread" : unreadHere(row, now));
  return {
    ...{ id, tenantId, accountId, state },
    lastReadAt: reader?.lastReadAt ?? row?.lastReadAt ?? null,
    lastError: row?.lastError ?? null,
    lastErrorAt: row?.lastErrorAt ?? null,
    retryAt: state === "failing" ? (row?.retryAt ?? null) : null,
  };
}

function unreadHere(row: MailboxRow, now: number): MailboxState["state"] {
  if (row.leaseUntil !== null && row.leaseUntil > now) return "elsewhere";
  return row.failures > 0 ? "failing" : "unread";
}
