/** What aliases take where that is not what the routes behind them take: the same fields, in one place, under older names. */
import * as v from "valibot";
import { mailbox } from "./mailboxes.ts";
import { Message } from "./message.ts";
import { CleanupMessages, DeleteMessages, LogExportQuery, LogQuery, MessageQuery } from "./queries.ts";
import { ApiKeyInput, TenantChanges } from "./tenant.ts";
import { flag, id, moment, priority, wholeText } from "./values.ts";

const tenant_id = v.nullish(id);
const force = v.nullish(v.boolean());

export const AliasMessage = v.strictObject({ ...Message.entries, from_addr: v.nullish(mailbox) });
export const AliasBatch = v.strictObject({ messages: v.array(AliasMessage), default_priority: v.nullish(priority) });
export const MessageByPk = v.strictObject({ message_pk: id, tenant_id });
export const DeleteMessagesOf = v.strictObject({ tenant_id, ...DeleteMessages.entries });
export const CleanupMessagesOf = v.strictObject({ tenant_id, ...CleanupMessages.entries });

export const TenantUpdate = v.strictObject({ tenant_id: id, ...TenantChanges.entries });
export const TenantById = v.strictObject({ tenant_id: id });
export const TenantRemoval = v.strictObject({ tenant_id: id, force });
export const KeyOf = v.strictObject({ tenant_id: id, ...ApiKeyInput.entries });
export const AccountRemoval = v.strictObject({ account_id: id, tenant_id, force });

export const WhoseRun = v.strictObject({ tenant_id });
export const WhoseBatch = v.strictObject({ tenant_id, batch_code: v.nullish(id) });
export const LogPurge = v.strictObject({ threshold_ts: moment });

const times = { since_ts: v.optional(moment), until_ts: v.optional(moment) };

export const MessagesListed = v.strictObject({ ...MessageQuery.entries, include_history: v.optional(flag) });
export const CommandsListed = v.strictObject({ ...LogQuery.entries, ...times });
export const CommandsExported = v.strictObject({ ...LogExportQuery.entries, ...times });
export const CommandById = v.strictObject({
  command_id: wholeText(1, Number.MAX_SAFE_INTEGER),
  tenant_id: v.optional(id),
});
