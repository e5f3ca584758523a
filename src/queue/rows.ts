/** How messages travel into the queue's statements: two JSON arrays, and the state that each message starts in. */
import { json } from "../db/database.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import type { NewMessage } from "./message.ts";
import { isSuspended } from "./suspend.ts";

/** Columns of a message as they travel in one JSON array; the same for insert and replace. */
export const MESSAGE_ROWS = `
  select value->>0 as pk, value->>1 as tenant_id, value->>2 as id, value->>3 as account_key, value->>4 as priority,
    value->>5 as batch_code, value->>6 as due_at, value->>7 as expires_at, value->>8 as size, value->9 as recipients,
    value->>10 as request_id
  from json_each(:messages)`;

/** Future ones are scheduled, suspended ones are held, the others are ready; each wakes when that changes. */
export const FIRST_STATE = `case when r.due_at > :now then 'scheduled' when ${isSuspended("r")} then 'held' else 'ready' end`;
export const FIRST_WAKE = "case when r.due_at > :now then min(r.due_at, r.expires_at) else r.expires_at end";
export const FIRST_DEFERRED = "case when r.due_at > :now then r.due_at end";

/** The JSON of the two arrays that the statements read. */
export interface Encoded {
  messages: string;
  payloads: string;
}

/** One pass over each content: its JSON goes into the array as it is, not as a string to be escaped once more. */
export function encode(group: readonly NewMessage[]): Encoded {
  const messages: unknown[] = [];
  const payloads: string[] = [];
  for (const m of group) {
    const content = json(m.content);
    messages.push([
      m.pk,
      m.tenantId,
      m.id,
      m.accountKey,
      m.priority,
      m.batchCode,
      m.dueAt,
      m.expiresAt,
      content.length,
      m.recipients.map(({ kind, address }): StoredRecipient => [kind, address]),
      m.requestId ?? null,
    ]);
    payloads.push(`["${m.pk}",${json(m.content.subject)},${content}]`);
  }
  return { messages: json(messages), payloads: `[${payloads.join(",")}]` };
}
