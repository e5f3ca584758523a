/** The commands on the suppression list of a tenant: `mail-proxy NAME TENANT suppressions ...`. */
import type { Command } from "commander";
import { SuppressionQuery } from "../api/schemas/suppressions.ts";
import { SUPPRESSION_SOURCES } from "../db/suppressions.ts";
import { listSuppressions, type SuppressionView } from "../tenancy/suppressions.ts";
import { agreed, required } from "./ask.ts";
import { moment, type Row } from "./cell.ts";
import { Failure } from "./exit.ts";
import { addFlags, checked, type Flag, givenFields } from "./flags.ts";
import { addFormats, type Format, print, printList, warn } from "./output.ts";
import { addExport, addImport } from "./suppressions-file.ts";
import type { TenantScope } from "./tenant-scope.ts";

export function addSuppressionCommands(program: Command, scope: TenantScope): void {
  const suppressions = program.command("suppressions").description("whom the tenant's mail does not go to any more");
  addListing(suppressions, scope);
  addChanging(suppressions, scope);
  addImport(suppressions, scope);
  addExport(suppressions, scope);
}

/** The filters of `GET /suppressions`, by its parameters. */
const FILTERS: readonly Flag[] = [
  { flags: "--q <text>", help: "part of an address", field: "q" },
  { flags: "--source <source>", help: "what brought it there", field: "source", values: SUPPRESSION_SOURCES },
  { flags: "--since <time>", help: "put there at or after this: ISO 8601 or Unix seconds", field: "since" },
  { flags: "--until <time>", help: "put there before this", field: "until" },
  { flags: "--limit <number>", help: "at most 500; otherwise 50", field: "limit" },
  { flags: "--cursor <cursor>", help: "the next page, as the one before named it", field: "cursor" },
];

const COLUMNS = ["address", "source", "reason", "message", "created", "expires"] as const;

function addListing(suppressions: Command, { tenantId, withTenant }: TenantScope): void {
  const list = addFlags(addFormats(suppressions.command("list").description("newest first")), FILTERS);
  list.action(async (format: Format) => {
    const given = { limit: "50", ...(await givenFields(list, FILTERS)) };
    const { cursor, q, source, since, until, limit } = checked(SuppressionQuery, given, FILTERS);
    const filter = { tenantId, q, source, since, until, limit, before: cursor };
    const page = await withTenant(({ db, ports }) => listSuppressions(db, filter, ports.now()));
    printList(
      {
        things: page.suppressions,
        rows: page.suppressions.map(row),
        columns: COLUMNS,
        none: `nobody is on the list of tenant ${tenantId}`,
        spare: ["message", "expires", "created", "reason"],
      },
      format,
    );
    if (page.next !== undefined) warn(`There are more: --cursor ${page.next}`);
  });
}

function row({ address, source, reason, message_id, created_ts, expires_ts }: SuppressionView): Row {
  return { address, source, reason, message: message_id, created: moment(created_ts), expires: moment(expires_ts) };
}

const DETAILS: readonly Flag[] = [
  { flags: "--reason <text>", help: "for people", field: "reason" },
  { flags: "--until <time>", help: "until then: ISO 8601 or Unix seconds; for good otherwise", field: "expires_ts" },
];

function addChanging(suppressions: Command, { tenantId, withTenantApi }: TenantScope): void {
  const add = addFlags(suppressions.command("add [address]").description("no mail to this address any more"), DETAILS);
  add.action(async (given: string | undefined) => {
    const address = await required(given, "the address", "Address");
    const body = { tenant_id: tenantId, address, ...(await givenFields(add, DETAILS)) };
    const { added } = await withTenantApi((call) => call("POST", "/suppressions", { body, flags: DETAILS }));
    print(added === 0 ? `${address} was on the list already` : `${address} is on the list`);
  });

  suppressions
    .command("remove [address]")
    .description("mail goes there again")
    .option("--force", "without being asked")
    .action(async (given: string | undefined, { force }: { force?: boolean }) => {
      const address = await required(given, "the address", "Address");
      await agreed(`Send mail to ${address} again?`, force);
      const query = { tenant_id: tenantId, address };
      const { removed } = await withTenantApi((call) => call("DELETE", "/suppressions", { query }));
      if (removed === 0) throw new Failure(`${address} is not on the list`);
      print(`${address} is not on the list any more`);
    });
}
