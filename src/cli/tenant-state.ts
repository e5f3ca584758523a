/** The commands on a tenant as a whole: how it stands, and its batches suspended and activated. */
import type { Command } from "commander";
import { syncStatus } from "../api/sync-status.ts";
import type { Core } from "../core.ts";
import { countLive } from "../queue/backlog.ts";
import { listAccounts } from "../tenancy/accounts.ts";
import { findTenant } from "../tenancy/tenants.ts";
import { tenantView } from "../tenancy/views.ts";
import { addFormats, type Format, print, printFields } from "./output.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { noSuchTenant } from "./unknown.ts";
import { wake } from "./wake.ts";

export function addTenantStateCommands(program: Command, scope: TenantScope): void {
  const { instance, tenantId, withTenant } = scope;

  addFormats(
    program.command("info").description("how the tenant stands: what waits, and when it was last told"),
  ).action(async (format: Format) => printFields(await withTenant((core) => infoOf(core, tenantId)), format));

  program
    .command("suspend [batch]")
    .description("hold back a batch, or without one everything; what is being sent is finished")
    .action(async (batch: string | undefined) => print(await steer(scope, "suspend", batch)));

  program
    .command("activate [batch]")
    .description("let a batch, or without one everything, go again")
    .action(async (batch: string | undefined) => {
      print(await steer(scope, "activate", batch));
      await wake(instance);
    });
}

async function steer(
  { tenantId, withTenantApi }: TenantScope,
  what: "suspend" | "activate",
  batch: string | undefined,
) {
  const query = { tenant_id: tenantId, batch_code: batch };
  const { pending_messages } = await withTenantApi((call) => call("POST", `/commands/${what}`, { query }));
  const whom = batch === undefined ? `tenant ${tenantId}` : `batch ${batch} of tenant ${tenantId}`;
  return `${whom} is ${what === "suspend" ? "suspended" : "active"}; messages that wait: ${pending_messages}`;
}

async function infoOf({ db, ports }: Core, tenantId: string) {
  const tenant = (await findTenant(db, tenantId)) ?? Promise.reject(await noSuchTenant(db, tenantId));
  const { id, name, active, client_base_url, suspended_batches } = tenantView(await tenant, ports.now());
  const [sync] = await syncStatus(db, tenantId, ports.now());
  return {
    ...{ id, name, active, client_base_url, suspended_batches },
    accounts: (await listAccounts(db, tenantId)).length,
    ...(await countLive(db, tenantId)),
    unreported_events: sync?.unreported_events ?? 0,
    last_sync_ts: sync?.last_sync_ts ?? null,
    next_sync_ts: sync?.next_sync_ts ?? null,
    last_sync_error: sync?.last_error ?? null,
  };
}
