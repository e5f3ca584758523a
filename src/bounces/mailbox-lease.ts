/**
 * Who reads a mailbox, and how far: one reader over all processes, by a lease in table `mailboxes`.
 *
 * Every statement of a reader demands its token, so that one that has lost its lease changes nothing. All leases of a process
 * have one token, and are renewed by one statement. A failure gives the lease back: whoever comes when it is time tries next.
 */
import { type Database, json, rows } from "../db/database.ts";
import { mailboxDelayMs } from "./mailbox-backoff.ts";

/** What has been read of a mailbox: everything up to `lastUid`, as long as its UIDVALIDITY stays. */
export interface Cursor {
  /** Undefined at first contact. */
  uidValidity: string | undefined;
  lastUid: number;
}

export interface Lease extends Cursor {
  id: string;
  token: number;
  /** In a row. */
  failures: number;
}

/** A row of `mailboxes`. */
export interface MailboxRow {
  id: string;
  place: string;
  token: number | null;
  leaseUntil: number | null;
  failures: number;
  retryAt: number;
  lastReadAt: number | null;
  lastError: string | null;
  lastErrorAt: number | null;
}

// In the update, plain names are the row's as it stands. Of another place nothing is known.
const CLAIM = `
  insert into mailboxes (id, place, token, lease_until) values (:id, :place, :token, :until)
  on conflict (id) do update set
    uid_validity = case when place = excluded.place then uid_validity end,
    last_uid = case when place = excluded.place then last_uid else 0 end,
    failures = case when place = excluded.place then failures else 0 end,
    place = excluded.place, token = excluded.token, lease_until = excluded.lease_until
  where (lease_until is null or lease_until <= :now or token = :token)
    and (retry_at <= :now or place <> excluded.place)
  returning uid_validity as uidValidity, last_uid as lastUid, failures`;

export interface Claim {
  id: string;
  /** Of server, user and folder: with another one the mailbox is another. */
  place: string;
  token: number;
  leaseMs: number;
}

/** The lease, where nobody else has it and it is time to try. Safe to repeat. */
export async function claimMailbox(db: Database, claim: Claim, now: number): Promise<Lease | undefined> {
  const { id, place, token, leaseMs } = claim;
  const args = { id, place, token, until: now + leaseMs, now };
  const [row] = await rows<{ uidValidity: string | null; lastUid: number; failures: number }>(db, CLAIM, args);
  return row && { id, token, ...row, uidValidity: row.uidValidity ?? undefined };
}

const ADVANCE = `
  update mailboxes set uid_validity = :uidValidity, last_uid = :lastUid, failures = 0, retry_at = 0, last_read_at = :now
  where id = :id and token = :token returning id`;

/** Writes down how far it was read, which also ends its failures; false: the lease is lost. */
export async function advance(db: Database, { id, token }: Lease, cursor: Cursor, now: number): Promise<boolean> {
  const args = { id, token, uidValidity: cursor.uidValidity ?? null, lastUid: cursor.lastUid, now };
  return (await rows(db, ADVANCE, args)).length > 0;
}

// The token goes with a lease that is given back, so a late renewal finds none.
const RENEW = `
  update mailboxes set lease_until = :until,
    last_read_at = coalesce((select r.value from json_each(:read) r where r.key = id), last_read_at)
  where token = :token`;

/** Keeps all leases of this token; `read`: by their ids, when those that have been read were looked at last. */
export async function renewMailboxes(
  db: Database,
  { token, until, read }: { token: number; until: number; read: ReadonlyMap<string, number> },
): Promise<void> {
  await rows(db, RENEW, { token, until, read: json(Object.fromEntries(read)) });
}

const RELEASE = "update mailboxes set token = null, lease_until = null where id = :id and token = :token";

/** Another process may read it at once. */
export async function release(db: Database, { id, token }: Lease): Promise<void> {
  await rows(db, RELEASE, { id, token });
}

const FAIL = `
  update mailboxes set token = null, lease_until = null, failures = :failures, retry_at = :retryAt,
    last_error = :error, last_error_at = :now
  where id = :id and token = :token`;

/** Gives the lease back, and lets nobody try before the backoff is over; answers when that is. */
export async function fail(db: Database, lease: Lease, error: string, now: number): Promise<number> {
  const failures = lease.failures + 1;
  const retryAt = now + mailboxDelayMs(failures);
  await rows(db, FAIL, { id: lease.id, token: lease.token, failures, retryAt, error, now });
  return retryAt;
}

const REVOKE = `
  update mailboxes set token = null, lease_until = null, failures = 0, retry_at = 0
  where :id is null or id = :id`;

/** Takes the lease of one mailbox or of all from whoever has it, and ends their waits: they are free to be read anew. */
export async function revoke(db: Database, id?: string): Promise<void> {
  await rows(db, REVOKE, { id: id ?? null });
}

const LIST = `
  select id, place, token, lease_until as leaseUntil, failures, retry_at as retryAt,
    last_read_at as lastReadAt, last_error as lastError, last_error_at as lastErrorAt
  from mailboxes`;

export async function mailboxRows(db: Database): Promise<Map<string, MailboxRow>> {
  return new Map((await rows<MailboxRow>(db, LIST)).map((row) => [row.id, row]));
}

const PRUNE = `
  delete from mailboxes where id <> 'instance'
    and id not in (select 'account:' || key from accounts where deleted_at is null)`;

/** Forgets the mailboxes of accounts that are gone. */
export async function pruneMailboxes(db: Database): Promise<void> {
  await rows(db, PRUNE);
}
