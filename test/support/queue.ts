/** A tenant with an account, and messages to put into its queue. */
import { v7 as uuid } from "uuid";
import { batch, type Database, rows } from "../../src/db/database.ts";
import type { Claimed, NewMessage, Settlement } from "../../src/queue/message.ts";
import { givenUp, tenantsOf, wakeStatements } from "../../src/queue/schedule.ts";

/** A moment to start from; the queue never reads a clock of its own. */
export const T0 = 1_800_000_000_000;
export const RETENTION_MS = 604_800_000;
export const LEASE_MS = 120_000;

export async function addTenant(db: Database, id = "acme", fields: Record<string, number | null> = {}): Promise<void> {
  await insert(db, "tenants", { id, created_at: T0, updated_at: T0, ...fields });
}

/** Answers the account's key. */
export async function addAccount(
  db: Database,
  tenantId = "acme",
  fields: Record<string, string | number | null> = {},
): Promise<number> {
  const basics = { tenant_id: tenantId, id: "default", host: "127.0.0.1", port: 25, tls: "none" };
  const [row] = await insert<{ key: number }>(db, "accounts", { ...basics, created_at: T0, updated_at: T0, ...fields });
  return row!.key;
}

function insert<T>(db: Database, table: string, fields: Record<string, string | number | null>): Promise<T[]> {
  const names = Object.keys(fields);
  const sql = `insert into ${table} (${names.join(", ")}) values (${names.map((name) => `:${name}`).join(", ")}) returning *`;
  return rows<T>(db, sql, fields);
}

export function newMessage(accountKey: number, id: string, over: Partial<NewMessage> = {}): NewMessage {
  return {
    pk: uuid(),
    tenantId: "acme",
    id,
    accountKey,
    priority: 2,
    batchCode: null,
    dueAt: T0,
    expiresAt: T0 + 86_400_000,
    content: { from: "app@example.com", to: ["a@example.net"], subject: `Subject of ${id}`, text: "Hello" },
    recipients: [{ kind: "to", address: "a@example.net" }],
    ...over,
  };
}

/** The settlement of a message that the server took. */
export function sent(claimed: Claimed, over: Partial<Settlement> = {}): Settlement {
  return {
    seq: claimed.seq,
    token: claimed.token,
    tenantId: claimed.tenantId,
    accountKey: claimed.accountKey,
    state: "sent",
    dueAt: null,
    attempts: claimed.attempts + 1,
    error: null,
    outcomeUnknown: false,
    counts: true,
    recipients: claimed.recipients.map((recipient) => ({
      ...recipient,
      status: "sent",
      code: 250,
      enhancedCode: "2.0.0",
      text: "ok",
    })),
    event: { type: "sent", data: { smtp_code: 250 } },
    ...over,
  };
}

/** Wakes at most `limit` messages whose moment has come; answers the tenants that have something new to be told. */
export async function wakeDue(db: Database, now: number, limit: number): Promise<Set<string>> {
  return tenantsOf(givenUp((await batch(db, wakeStatements(now, limit, RETENTION_MS))).at(-1)!));
}
