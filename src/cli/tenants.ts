/** The commands on tenants: `mail-proxy NAME tenants ...`. */
import type { Command } from "commander";
import { ApiKeyInput, TenantInput } from "../api/schemas/tenant.ts";
import { createApiKey, revokeApiKey } from "../tenancy/keys.ts";
import { deleteTenant } from "../tenancy/removal.ts";
import { findTenant, listTenants, unknownTenant, updateTenant, upsertTenant } from "../tenancy/tenants.ts";
import { tenantView } from "../tenancy/views.ts";
import { agreed, required } from "./ask.ts";
import { withCore } from "./core.ts";
import { Failure, UsageError } from "./exit.ts";
import { addFlags, asNumber, checked, type Flag, givenFields } from "./flags.ts";
import type { Instance } from "./home.ts";
import { print, printFields, printJson, printRows } from "./output.ts";

interface JsonOption {
  json?: boolean;
}

const FLAGS: readonly Flag[] = [
  { flags: "--name <text>", help: "for people", field: "name" },
  { flags: "--base-url <url>", help: "where the application is", field: "client_base_url" },
  { flags: "--sync-path <path>", help: "where it takes reports", field: "client_sync_path" },
  { flags: "--attachment-path <path>", help: "where it serves attachments", field: "client_attachment_path" },
  { flags: "--auth-method <method>", help: "none, bearer, basic or header", field: "client_auth.method" },
  { flags: "--auth-token <secret>", help: "for bearer and header", field: "client_auth.token" },
  { flags: "--auth-user <name>", help: "for basic", field: "client_auth.user" },
  { flags: "--auth-password <secret>", help: "for basic", field: "client_auth.password" },
  { flags: "--auth-header <name>", help: "for header", field: "client_auth.header" },
  { flags: "--attachment-format <format>", help: "form or json", field: "attachment_format" },
  { flags: "--limit-minute <number>", help: "messages a minute", field: "rate_limits.minute", read: asNumber },
  { flags: "--limit-hour <number>", help: "messages an hour", field: "rate_limits.hour", read: asNumber },
  { flags: "--limit-day <number>", help: "messages a day", field: "rate_limits.day", read: asNumber },
  { flags: "--webhook-secret <secret>", help: "signs its reports", field: "webhook_secret" },
  { flags: "--active", help: "takes and sends messages", field: "active" },
  { flags: "--no-active", help: "neither takes nor sends any", field: "active" },
];

export function addTenantCommands(program: Command, instance: Instance): void {
  const tenants = program.command("tenants").description("the applications that send, each with accounts of its own");
  addReading(tenants, instance);
  addWriting(tenants, instance);
  addKeys(tenants, instance);
}

function addReading(tenants: Command, instance: Instance): void {
  tenants
    .command("list")
    .description("all tenants")
    .option("--json", "as JSON")
    .action(async ({ json }: JsonOption) => {
      const found = (await withCore(instance, ({ db }) => listTenants(db))).map(tenantView);
      if (json) return printJson(found);
      const rows = found.map((tenant) => ({
        id: tenant.id,
        name: tenant.name,
        base_url: tenant.client_base_url,
        active: tenant.active,
        api_key: tenant.has_api_key,
        suspended: tenant.suspended_batches.join(" "),
      }));
      printRows(rows, "no tenants yet");
    });

  tenants
    .command("show <id>")
    .description("one tenant")
    .option("--json", "as JSON")
    .action(async (id: string, { json }: JsonOption) => {
      const tenant = await withCore(instance, ({ db }) => findTenant(db, id));
      if (tenant === undefined) throw unknownTenant(id);
      printFields(tenantView(tenant), json);
    });
}

function addWriting(tenants: Command, instance: Instance): void {
  addFlags(tenants.command("add [id]").description("a new tenant"), FLAGS).action(
    async (given: string | undefined, _options: unknown, command: Command) => {
      const id = await required(given, "the tenant's id", "Id of the tenant");
      const body = checked(TenantInput, { ...givenFields(command, FLAGS), id });
      await withCore(instance, async ({ db, vault, ports }) => {
        if (await findTenant(db, id)) throw new Failure(`there is a tenant ${id} already; change it with: update`);
        await upsertTenant(db, vault, body, ports.now());
      });
      print(`tenant ${id} is added`);
    },
  );

  addFlags(tenants.command("update <id>").description("what is not given stays; an empty value clears"), FLAGS).action(
    async (id: string, _options: unknown, command: Command) => {
      const body = checked(TenantInput, { ...givenFields(command, FLAGS), id });
      await withCore(instance, ({ db, vault, ports }) => updateTenant(db, vault, body, ports.now()));
      print(`tenant ${id} is updated`);
    },
  );

  tenants
    .command("delete <id>")
    .description("with its accounts and messages; refused while messages wait, unless forced")
    .option("--force", "without being asked, and whatever waits")
    .action(async (id: string, { force = false }: { force?: boolean }) => {
      await agreed(`Delete the tenant ${id} with all that belongs to it?`, force);
      await withCore(instance, ({ db }) => deleteTenant(db, id, { force }));
      print(`tenant ${id} is deleted`);
    });
}

function addKeys(tenants: Command, instance: Instance): void {
  tenants
    .command("api-key <id>")
    .description("a new key for a tenant, shown once; it ends the old one")
    .option("--revoke", "end the key, without a new one")
    .option("--expires-at <time>", "ISO 8601 or Unix seconds")
    .action(async (id: string, { revoke, expiresAt }: { revoke?: boolean; expiresAt?: string }) => {
      const { expires_at = null } = checked(ApiKeyInput, { expires_at: expiresAt });
      const key = await withCore(instance, async ({ db, ports }) => {
        if (revoke) return revokeApiKey(db, id, ports.now());
        if (expires_at !== null && expires_at <= ports.now())
          throw new UsageError("--expires-at must be in the future");
        return createApiKey(db, id, expires_at, ports.now());
      });
      print(key ?? `the key of ${id} is revoked`);
    });
}
