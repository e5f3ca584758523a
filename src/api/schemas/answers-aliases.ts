/** What aliases answer where it differs from the route behind them: bare lists, numbers and flags. */
import * as v from "valibot";
import { answerOf, count } from "./answers.ts";
import { OneMessage, StoredMessage } from "./answers-messages.ts";
import { LoggedCommand } from "./answers-operations.ts";
import { Account, Tenant, TenantSaved } from "./answers-tenancy.ts";

export const MessageAdded = v.union([OneMessage, answerOf({ id: v.string() })]);
export const TenantAdded = v.strictObject({ ...TenantSaved.entries, api_key: v.optional(v.string()) });
export const MessageList = v.array(StoredMessage);
export const TenantList = v.array(Tenant);
export const AccountList = v.array(Account);
export const CommandList = v.array(LoggedCommand);
export const OneCommand = answerOf(LoggedCommand.entries);
export const Count = count;
export const Flag = v.boolean();
