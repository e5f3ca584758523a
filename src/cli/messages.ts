/** The commands on the messages of a tenant: `mail-proxy NAME TENANT messages ...`. */
import type { Command } from "commander";
import * as v from "valibot";
import { MessageQuery } from "../api/schemas/queries.ts";
import { listMessages, STATUSES } from "../queue/list.ts";
import type { WithTenant } from "./core.ts";
import { checked } from "./flags.ts";
import { type Cell, csv, print, printJson, printRows } from "./output.ts";

interface ListOptions {
  status?: string;
  limit?: string;
  csv?: boolean;
  json?: boolean;
}

export function addMessageCommands(program: Command, tenantId: string, withTenant: WithTenant): void {
  const messages = program.command("messages").description("what the tenant has sent or will send");

  messages
    .command("list")
    .description("newest first")
    .option("--status <status>", STATUSES.join(", "))
    .option("--limit <number>", "at most 500", "50")
    .option("--csv", "as comma-separated values")
    .option("--json", "as JSON")
    .action(async ({ csv: asCsv, json, ...options }: ListOptions) => {
      const { status, limit } = checked(MessageQuery, options);
      const page = await withTenant(({ db }) => listMessages(db, { tenantId, status, limit }));
      if (json) return printJson(page.messages);
      const rows = page.messages.map(rowOf);
      if (asCsv) print(csv(COLUMNS, rows));
      else printRows(rows, `tenant ${tenantId} has no such messages`);
    });
}

const COLUMNS = ["id", "status", "account", "priority", "to", "subject", "created", "attempts", "error"] as const;

const Shown = v.object({
  id: v.string(),
  status: v.string(),
  account_id: v.nullable(v.string()),
  priority: v.number(),
  recipients: v.array(v.object({ address: v.string() })),
  subject: v.nullable(v.string()),
  created_ts: v.number(),
  attempts: v.number(),
  error: v.nullable(v.string()),
});

function rowOf(message: unknown): Record<(typeof COLUMNS)[number], Cell> {
  const { account_id, recipients, created_ts, ...shown } = v.parse(Shown, message);
  return {
    id: shown.id,
    status: shown.status,
    account: account_id,
    priority: shown.priority,
    to: recipients.map(({ address }) => address).join(" "),
    subject: shown.subject,
    created: new Date(created_ts * 1000).toISOString(),
    attempts: shown.attempts,
    error: shown.error,
  };
}
