/** The routes of the instance and its command log, described. */
import {
  CommandPage,
  CommandsPurged,
  EffectiveSettings,
  Instance,
  MailboxesReloaded,
} from "../../schemas/answers-operations.ts";
import { InstanceChanges } from "../../schemas/instance.ts";
import { LogExportQuery, LogPurgeQuery, LogQuery, NoQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const instanceOperations: Operations = {
  "GET /instance": {
    id: "getInstance",
    tag: "Instance",
    summary: "Look at the stored settings",
    opens: "admin",
    query: NoQuery,
    answers: Instance,
  },
  "PUT /instance": {
    id: "updateInstance",
    tag: "Instance",
    summary: "Change the stored settings",
    description: "Absent fields keep their value, null clears.",
    opens: "admin",
    query: NoQuery,
    body: InstanceChanges,
    examples: { "what messages without a priority have": { default_priority: "medium" } },
    answers: Instance,
  },
  "GET /instance/settings": {
    id: "getSettings",
    tag: "Instance",
    summary: "Look at the settings that this process works by",
    description: "They are read at its start. A secret is never shown: only whether it is set.",
    opens: "admin",
    query: NoQuery,
    answers: EffectiveSettings,
  },
  "POST /instance/reload-bounce": {
    id: "reloadBounce",
    tag: "Instance",
    summary: "Read the mailboxes for bounces and receipts anew",
    description:
      "At once, by the settings as they are now, whoever read them so far, and whatever they failed with; answers how many there are.",
    opens: "admin",
    query: NoQuery,
    answers: MailboxesReloaded,
  },
  "GET /command-log": {
    id: "listCommands",
    tag: "Instance",
    summary: "Every call that changed something, newest first",
    description: "Secrets are masked, contents of attachments told by their size.",
    opens: "tenant",
    query: LogQuery,
    answers: CommandPage,
  },
  "DELETE /command-log": {
    id: "purgeCommands",
    tag: "Instance",
    summary: "Delete the entries from before a moment",
    opens: "admin",
    query: LogPurgeQuery,
    answers: CommandsPurged,
  },
  "GET /command-log/export": {
    id: "exportCommands",
    tag: "Instance",
    summary: "The command log as a file",
    opens: "tenant",
    query: LogExportQuery,
    answers: { mediaType: "application/x-ndjson", description: "Lines of JSON, oldest first." },
  },
};
