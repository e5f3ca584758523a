/** The Message-IDs that applications choose themselves, kept for whoever has to find a message by its own (bounces, receipts). */
import type { InStatement } from "@libsql/client";
import { json } from "../db/database.ts";
import { bareMessageId } from "../db/message-ids.ts";
import type { NewMessage } from "./message.ts";

const INSERT = `
  insert into message_ids (message_id, message)
  select i.value->>1, m.seq from json_each(:messageIds) i cross join messages m on m.pk = i.value->>0 where true
  on conflict do nothing`;

/** For messages that are inserted; nothing where they leave the choice to us, as nearly all do. */
export function insertMessageIds(group: readonly NewMessage[]): InStatement[] {
  const pairs = group.flatMap(({ pk, content: { message_id } }) =>
    message_id === undefined ? [] : [[pk, bareMessageId(message_id)]],
  );
  return pairs.length === 0 ? [] : [{ sql: INSERT, args: { messageIds: json(pairs) } }];
}

// By tenant and id: a message that is replaced keeps its pk.
const REPLACE = `
  insert into message_ids (message_id, message)
  select i.value->>2, m.seq
  from json_each(:messageIds) i cross join messages m on m.tenant_id = i.value->>0 and m.id = i.value->>1 and m.token = :token
  where true on conflict do nothing`;

/** For messages that were replaced, by the token of the replacement; what their predecessors had is gone by then. */
export function replaceMessageIds(group: readonly NewMessage[], token: number): InStatement[] {
  const triples = group.flatMap(({ tenantId, id, content: { message_id } }) =>
    message_id === undefined ? [] : [[tenantId, id, bareMessageId(message_id)]],
  );
  return triples.length === 0 ? [] : [{ sql: REPLACE, args: { messageIds: json(triples), token } }];
}
