/** Tenants and their keys: saved, listed, deleted by the admin; a tenant's own key sees and updates its tenant. */
import { Hono } from "hono";
import { parseStoreUrl, storeEndpoint } from "../attachments/stores/url.ts";
import { AppError } from "../errors.ts";
import { suspendOnly } from "../queue/suspend.ts";
import { urlFault } from "../security/hosts.ts";
import { createApiKey, revokeApiKey } from "../tenancy/keys.ts";
import { deleteTenant } from "../tenancy/removal.ts";
import { findTenant, listTenants, unknownTenant, updateTenant, upsertTenant } from "../tenancy/tenants.ts";
import { type TenantView, tenantView } from "../tenancy/views.ts";
import { renewWebhookSecret } from "../tenancy/webhook-secret.ts";
import { adminOnly, isAdmin, tenantScope } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { ActiveQuery, DeletionQuery, NoQuery, TenantQuery } from "./schemas/queries.ts";
import { ApiKeyInput, TenantChanges, TenantInput, WebhookSecretInput } from "./schemas/tenant.ts";
import type { Service } from "./service.ts";
import { syncStatus } from "./sync-status.ts";
import { invalidField, validated } from "./validation.ts";

export function tenantRoutes(service: Service): Hono<Env> {
  const { commandLog, config, db, directory, engine, now, vault } = service;
  const webhook_overlap_ms = config.webhookOverlapSeconds * 1000;
  const app = new Hono<Env>();

  app.post("/tenant", adminOnly, validated("query", NoQuery), jsonBody, validated("json", TenantInput), async (c) => {
    const { suspended_batches: batches, ...patch } = c.req.valid("json");
    tenantScope(c, patch.id);
    checkStores(service, patch);
    const created = await upsertTenant(db, vault, { ...patch, webhook_overlap_ms }, now());
    directory.invalidate();
    if (batches !== undefined) await suspendOnly(db, patch.id, batches ?? [], now());
    engine.wake();
    return answer(c, { created, ...(await shown(patch.id)) });
  });

  app.get("/tenants", validated("query", ActiveQuery), async (c) => {
    const own = tenantScope(c, undefined);
    const tenants = await listTenants(db, c.req.valid("query").active_only);
    return answer(c, {
      tenants: tenants.filter(({ id }) => own === undefined || id === own).map((one) => tenantView(one, now())),
    });
  });

  app.get("/tenants/sync-status", validated("query", TenantQuery), async (c) => {
    return answer(c, { tenants: await syncStatus(db, tenantScope(c, c.req.valid("query").tenant_id), now()) });
  });

  app.get("/tenant/:id", validated("query", NoQuery), async (c) => {
    const id = c.req.param("id");
    tenantScope(c, id);
    return answer(c, await shown(id));
  });

  app.put("/tenant/:id", validated("query", NoQuery), jsonBody, validated("json", TenantChanges), async (c) => {
    const id = c.req.param("id");
    tenantScope(c, id);
    const { suspended_batches: batches, ...changes } = c.req.valid("json");
    if (changes.id !== undefined && changes.id !== id) throw invalidField("id", "cannot be changed");
    if (!isAdmin(c)) checkOwnChanges(changes, config.allowPrivateHosts);
    checkStores(service, changes);
    const public_only = !isAdmin(c) && !config.allowPrivateHosts;
    await updateTenant(db, vault, { ...changes, id, public_only, webhook_overlap_ms }, now());
    directory.invalidate();
    if (batches !== undefined) await suspendOnly(db, id, batches ?? [], now());
    engine.wake();
    return answer(c, await shown(id));
  });

  app.delete("/tenant/:id", adminOnly, validated("query", DeletionQuery), async (c) => {
    const id = c.req.param("id");
    tenantScope(c, id);
    await commandLog.settled(); // its entries must be there to be taken from the tenant
    await deleteTenant(db, id, { force: c.req.valid("query").force ?? false });
    c.set("tenantId", null);
    directory.invalidate();
    return answer(c, { id });
  });

  // The admin alone: a key that could renew itself would outlive its end, and a stolen one its discovery.
  app.post(
    "/tenant/:id/api-key",
    adminOnly,
    validated("query", NoQuery),
    jsonBody,
    validated("json", ApiKeyInput),
    async (c) => {
      const id = c.req.param("id");
      tenantScope(c, id);
      const { expires_at = null } = c.req.valid("json");
      if (expires_at !== null && expires_at <= now()) throw invalidField("expires_at", "must be in the future");
      const key = await createApiKey(db, id, expires_at, now());
      directory.invalidate();
      return answer(c, { api_key: key, expires_at: expires_at === null ? null : Math.floor(expires_at / 1000) });
    },
  );

  app.delete("/tenant/:id/api-key", adminOnly, validated("query", NoQuery), async (c) => {
    const id = c.req.param("id");
    tenantScope(c, id);
    await revokeApiKey(db, id, now());
    directory.invalidate();
    return answer(c, { id });
  });

  // The tenant's own key as well: by PUT it may name any secret, and a leaked secret is to be replaced by whoever learns of it.
  app.post(
    "/tenant/:id/webhook-secret",
    validated("query", NoQuery),
    jsonBody,
    validated("json", WebhookSecretInput),
    async (c) => {
      const id = c.req.param("id");
      tenantScope(c, id);
      const { overlap_seconds } = c.req.valid("json");
      const overlapMs = overlap_seconds == null ? webhook_overlap_ms : overlap_seconds * 1000;
      const { secret, previousUntil } = await renewWebhookSecret(db, vault, id, overlapMs, now());
      directory.invalidate();
      const previous_until_ts = previousUntil === null ? null : Math.floor(previousUntil / 1000);
      return answer(c, { webhook_secret: secret, previous_until_ts });
    },
  );

  async function shown(id: string): Promise<TenantView> {
    const tenant = await findTenant(db, id);
    if (tenant === undefined) throw unknownTenant(id);
    return tenantView(tenant, now());
  }

  return app;
}

/** Every store that the changes name, by its field. */
function storesOf({ large_file_config, stores }: TenantChanges): [field: string, url: string][] {
  const named = Object.entries(stores ?? {}).map(([name, url]) => [`stores.${name}`, url] as const);
  const all = [["large_file_config.storage_url", large_file_config?.storage_url] as const, ...named];
  return all.flatMap(([field, url]) => (url == null ? [] : [[field, url]]));
}

/** Files go into no folder where there is none. */
function checkStores({ restrictions }: Service, changes: TenantChanges): void {
  const folder = storesOf(changes).find(([, url]) => /^file:/i.test(url));
  if (restrictions === undefined || folder === undefined) return;
  throw invalidField(folder[0], `${restrictions.filesFault}: name an object store`);
}

/** A tenant's own stores are servers: folders and bound buckets are the operator's, and others' files may be in them. */
function checkOwnStores(changes: TenantChanges, allowPrivateHosts: boolean): void {
  for (const [field, url] of storesOf(changes)) {
    if (/^(file|r2):/i.test(url)) throw invalidField(field, "must not be a file: or r2: URL");
    const place = parseStoreUrl(url);
    const endpoint = "fault" in place ? undefined : storeEndpoint(place);
    const fault = endpoint === undefined || allowPrivateHosts ? undefined : urlFault(endpoint.href);
    if (fault !== undefined) throw invalidField(field, `has an endpoint that ${fault}`);
  }
}

/** What the operator decides of a tenant, its own key cannot; and it reaches public addresses alone. */
function checkOwnChanges(changes: TenantChanges, allowPrivateHosts: boolean): void {
  for (const field of ["active", "allowed_senders", "rate_limits"] as const) {
    if (changes[field] !== undefined) throw new AppError("forbidden", `${field} is for the admin token alone`);
  }
  checkOwnStores(changes, allowPrivateHosts);
  if (allowPrivateHosts) return;
  const { public_base_url } = changes.large_file_config ?? {};
  const urls = { client_base_url: changes.client_base_url, "large_file_config.public_base_url": public_base_url };
  for (const [field, url] of Object.entries(urls)) {
    const fault = url == null ? undefined : urlFault(url);
    if (fault !== undefined) throw invalidField(field, fault);
  }
}
