/** Reads a message as it stands: what a letter is made of, for whoever wants to see one that nobody has claimed. */
import { type Database, rows } from "../db/database.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import type { Claimed, Content } from "./message.ts";

/** What a letter says, and what its fields are made of. */
export type Written = Pick<Claimed, "pk" | "id" | "tenantId" | "createdAt" | "content"> & {
  recipients: Pick<Claimed["recipients"][number], "address">[];
  /** As its account has it. */
  asciiAttachments: boolean;
};

const WRITTEN = `
  select m.pk, m.id, m.tenant_id, m.created_at, m.recipients, p.content, a.ascii_attachments
  from messages m join payloads p on p.message = m.seq left join accounts a on a.key = m.account_key
  where m.seq = :seq`;

/** Undefined of one that is gone, and of one that was refused when it came in: nothing of what it says is kept. */
export async function readWritten(db: Database, seq: number): Promise<Written | undefined> {
  const [row] = await rows(db, WRITTEN, { seq });
  if (row === undefined) return undefined;
  const recipients = JSON.parse(String(row.recipients)) as StoredRecipient[];
  return {
    pk: String(row.pk),
    id: String(row.id),
    tenantId: String(row.tenant_id),
    createdAt: Number(row.created_at),
    content: JSON.parse(String(row.content)) as Content,
    recipients: recipients.map(([, address]) => ({ address })),
    asciiAttachments: row.ascii_attachments === 1,
  };
}
