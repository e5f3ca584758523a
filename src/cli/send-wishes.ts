/** What may be said of a mail that is sent as it stands in a file, by the names and the checks of the API's fields. */
import * as v from "valibot";
import { Message } from "../api/schemas/message.ts";
import { asNumber, type Flag } from "./flags.ts";

export const WISHES: readonly Flag[] = [
  {
    flags: "--account <id>",
    field: "account_id",
    help: "the account to send through, where it is not the default one",
  },
  { flags: "--priority <priority>", field: "priority", help: "immediate, high, medium or low", read: asNumber },
  { flags: "--id <id>", field: "id", help: "the message's id: one that was sent already is not sent again" },
  { flags: "--deferred <time>", field: "deferred_ts", help: "not before: ISO 8601 or Unix seconds" },
  { flags: "--batch <code>", field: "batch_code", help: "the campaign it belongs to" },
  {
    flags: "--list-unsubscribe",
    field: "list_unsubscribe",
    help: "give it a link by which its one recipient unsubscribes; needs PUBLIC_URL",
  },
];
const { id, account_id, priority, deferred_ts, batch_code, list_unsubscribe } = Message.entries;
export const Wishes = v.partial(v.object({ id, account_id, priority, deferred_ts, batch_code, list_unsubscribe }));
