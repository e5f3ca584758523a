/** The commands on the messages of a tenant: `mail-proxy NAME TENANT messages ...`. */
import type { Command } from "commander";
import * as v from "valibot";
import { MessageQuery } from "../api/schemas/queries.ts";
import { listMessages, STATUSES } from "../queue/list.ts";
import { segment } from "./api-call.ts";
import { agreed } from "./ask.ts";
import { moment, type Row } from "./cell.ts";
import { Failure, UsageError } from "./exit.ts";
import { addFlags, checked, type Flag, givenFields } from "./flags.ts";
import { showMessage } from "./message.ts";
import { addFormats, type Format, print, printList, warn } from "./output.ts";
import { pickMessage } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { wake } from "./wake.ts";

export function addMessageCommands(program: Command, scope: TenantScope): void {
  const messages = program.command("messages").description("what the tenant has sent or will send");
  addListing(messages, scope);
  addFormats(messages.command("show [id]").description("one message, its recipients, and what happened to it"))
    .option("--payload", "also what it says; needs --json")
    .action(async (given: string | undefined, options: Format & { payload?: boolean }) =>
      showMessage(scope, await pickMessage(given), options),
    );
  addSteering(messages, scope);
}

const asText = (given: unknown) => String(given);

/** The filters of `GET /messages`, by its parameters. */
const FILTERS: readonly Flag[] = [
  { flags: "--status <status>", help: "in this state", field: "status", values: STATUSES },
  { flags: "--active-only", help: "those that are not finished", field: "active_only", read: asText },
  { flags: "--batch <code>", help: "of one campaign", field: "batch_code" },
  { flags: "--account <id>", help: "through one account", field: "account_id" },
  { flags: "--q <text>", help: "part of an id, a subject or a recipient's address", field: "q" },
  { flags: "--since <time>", help: "taken in at or after this: ISO 8601 or Unix seconds", field: "since" },
  { flags: "--until <time>", help: "taken in before this", field: "until" },
  { flags: "--limit <number>", help: "at most 500; otherwise 50", field: "limit" },
  { flags: "--cursor <cursor>", help: "the next page, as the one before named it", field: "cursor" },
];

const LIST_EXAMPLES = `
Examples:
  messages list --status error --since 2026-11-01
  messages list --q ann@example.com --json
  messages list --batch newsletter-12 --csv > newsletter-12.csv`;

function addListing(messages: Command, { tenantId, withTenant }: TenantScope): void {
  const list = addFlags(addFormats(messages.command("list").description("newest first")), FILTERS)
    .option("--payload", "also what they say; needs --json")
    .addHelpText("after", LIST_EXAMPLES);
  list.action(async ({ payload, ...format }: Format & { payload?: boolean }) => {
    if (payload && !format.json) throw new UsageError("--payload needs --json");
    const given = { limit: "50", ...(await givenFields(list, FILTERS)) };
    const { status, active_only, batch_code, account_id, q, since, until, limit, cursor } = checked(
      MessageQuery,
      given,
      FILTERS,
    );
    const page = await withTenant(({ db }) =>
      listMessages(db, {
        ...{ tenantId, status, q, since, until, limit, payload },
        ...{ activeOnly: active_only, batchCode: batch_code, accountId: account_id, before: cursor },
      }),
    );
    printList(
      {
        things: page.messages,
        rows: page.messages.map(messageRow),
        columns: COLUMNS,
        none: `tenant ${tenantId} has no such messages`,
        spare: ["priority", "attempts", "account", "created", "error"],
      },
      format,
    );
    if (page.next !== undefined) warn(`There are more: --cursor ${page.next}`);
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

/** A message of a list, as a table shows it. */
export function messageRow(message: unknown): Row {
  const { account_id, recipients, created_ts, ...shown } = v.parse(Shown, message);
  return {
    id: shown.id,
    status: shown.status,
    account: account_id,
    priority: shown.priority,
    to: recipients.map(({ address }) => address).join(" "),
    subject: shown.subject,
    created: moment(created_ts),
    attempts: shown.attempts,
    error: shown.error,
  };
}

function addSteering(messages: Command, { instance, tenantId, withTenantApi }: TenantScope): void {
  const query = { tenant_id: tenantId };

  messages
    .command("retry [id]")
    .description("send it again, to those who did not take it, with all its retries")
    .action(async (given: string | undefined) => {
      const id = await pickMessage(given);
      await withTenantApi((call) => call("POST", `/messages/${segment(id)}/retry`, { query }));
      await wake(instance);
      print(`message ${id} is sent again`);
    });

  messages
    .command("cancel [id]")
    .description("do not send it, as long as it waits")
    .action(async (given: string | undefined) => {
      const id = await pickMessage(given);
      await withTenantApi((call) => call("POST", `/messages/${segment(id)}/cancel`, { query }));
      print(`message ${id} is canceled`);
    });

  messages
    .command("delete [id]")
    .description("with all that is known of it; nobody is told")
    .option("--force", "without being asked")
    .action(async (given: string | undefined, { force }: { force?: boolean }) => {
      const id = await pickMessage(given);
      await agreed(`Delete the message ${id}?`, force);
      const { removed, being_sent } = await withTenantApi((call) =>
        call("POST", "/commands/delete-messages", { query, body: { ids: [id] } }),
      );
      if (removed === 0)
        throw new Failure(isListed(being_sent, id) ? `message ${id} is being sent` : `there is no message ${id}`);
      print(`message ${id} is deleted`);
    });
}

function isListed(ids: unknown, id: string): boolean {
  return Array.isArray(ids) && ids.includes(id);
}
