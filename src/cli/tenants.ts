/** The commands on tenants: `mail-proxy NAME tenants ...`. */
import type { Command } from "commander";
import type { Core } from "../core.ts";
import { findTenant, listTenants, type Tenant } from "../tenancy/tenants.ts";
import { tenantView } from "../tenancy/views.ts";
import { type Call, segment, withApi } from "./api-call.ts";
import { agreed } from "./ask.ts";
import { withCore } from "./core.ts";
import { asNumber, type Flag } from "./flags.ts";
import type { Instance } from "./home.ts";
import { addFormats, type Format, print, printFields, printList } from "./output.ts";
import { pickTenant } from "./pick.ts";
import { addTenantSaving } from "./tenant-saving.ts";
import { noSuchTenant } from "./unknown.ts";

export function addTenantCommands(program: Command, instance: Instance): void {
  const tenants = program.command("tenants").description("the applications that send, each with accounts of its own");
  addReading(tenants, instance);
  addTenantSaving(tenants, instance);
  addDeleting(tenants, instance);
  addKeys(tenants, instance);
  addWebhookSecret(tenants, instance);
}

const COLUMNS = ["id", "name", "base_url", "active", "api_key", "suspended"] as const;

function addReading(tenants: Command, instance: Instance): void {
  addFormats(tenants.command("list").description("all tenants"))
    .option("--active-only", "those that may send")
    .action(async ({ activeOnly, ...format }: Format & { activeOnly?: boolean }) => {
      const found = await withCore(instance, async ({ db, ports }) => {
        return (await listTenants(db, activeOnly)).map((tenant) => tenantView(tenant, ports.now()));
      });
      const rows = found.map((tenant) => ({
        id: tenant.id,
        name: tenant.name,
        base_url: tenant.client_base_url,
        active: tenant.active,
        api_key: tenant.has_api_key,
        suspended: tenant.suspended_batches.join(" "),
      }));
      printList(
        {
          ...{ things: found, rows, columns: COLUMNS },
          none: `no tenants yet; add one with: mail-proxy ${instance.name} tenants add`,
          spare: ["api_key", "suspended", "base_url"],
        },
        format,
      );
    });

  addFormats(tenants.command("show [id]").description("one tenant")).action(
    async (given: string | undefined, format: Format) => {
      const id = await pickTenant(given, instance);
      const shown = await withCore(instance, async (core) => tenantView(await existing(core, id), core.ports.now()));
      printFields(shown, format);
    },
  );
}

function addDeleting(tenants: Command, instance: Instance): void {
  tenants
    .command("delete [id]")
    .description("with its accounts and messages; refused while messages wait, unless forced")
    .option("--force", "without being asked, and whatever waits")
    .action(async (given: string | undefined, { force = false }: { force?: boolean }) => {
      const id = await pickTenant(given, instance);
      if (!force) await withCore(instance, (core) => existing(core, id));
      await agreed(`Delete the tenant ${id} with all that belongs to it?`, force);
      await onTenant(instance, id, (call) => call("DELETE", `/tenant/${segment(id)}`, { query: { force } }));
      print(`tenant ${id} is deleted`);
    });
}

const KEY_FLAGS: readonly Flag[] = [
  { flags: "--expires-at <time>", help: "ISO 8601 or Unix seconds", field: "expires_at" },
];

function addKeys(tenants: Command, instance: Instance): void {
  tenants
    .command("api-key [id]")
    .description("a new key for a tenant, shown once; it ends the old one")
    .option("--revoke", "end the key, without a new one")
    .option("--expires-at <time>", "ISO 8601 or Unix seconds")
    .action(async (given: string | undefined, { revoke, expiresAt }: { revoke?: boolean; expiresAt?: string }) => {
      const id = await pickTenant(given, instance);
      const path = `/tenant/${segment(id)}/api-key`;
      const key = await onTenant(instance, id, async (call) => {
        if (revoke) return call("DELETE", path);
        return call("POST", path, { body: { expires_at: expiresAt }, flags: KEY_FLAGS });
      });
      print(revoke ? `the key of ${id} is revoked` : String(key.api_key));
    });
}

const OVERLAP: Flag = {
  flags: "--overlap-seconds <number>",
  help: "how long the secret before it signs too",
  field: "overlap_seconds",
  read: asNumber,
};

function addWebhookSecret(tenants: Command, instance: Instance): void {
  tenants
    .command("webhook-secret [id]")
    .description("a new secret that signs a tenant's reports, shown once; the one before signs too for a while")
    .option(OVERLAP.flags, OVERLAP.help)
    .action(async (given: string | undefined, { overlapSeconds }: { overlapSeconds?: string }) => {
      const id = await pickTenant(given, instance);
      const overlap_seconds = overlapSeconds === undefined ? undefined : asNumber(overlapSeconds);
      const { webhook_secret } = await onTenant(instance, id, (call) => {
        return call("POST", `/tenant/${segment(id)}/webhook-secret`, { body: { overlap_seconds }, flags: [OVERLAP] });
      });
      print(String(webhook_secret));
    });
}

function onTenant<T>(instance: Instance, id: string, work: (call: Call) => Promise<T>): Promise<T> {
  return withApi(instance, async (call, core) => {
    await existing(core, id);
    return work(call);
  });
}

async function existing({ db }: Core, id: string): Promise<Tenant> {
  return (await findTenant(db, id)) ?? Promise.reject(await noSuchTenant(db, id));
}
