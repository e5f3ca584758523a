/** The routes of tenants and their keys, described. */
import {
  ApiKeyMade,
  OneTenant,
  SyncStatus,
  TenantNamed,
  TenantPage,
  TenantSaved,
  WebhookSecretMade,
} from "../../schemas/answers-tenancy.ts";
import { ActiveQuery, DeletionQuery, NoQuery, TenantQuery } from "../../schemas/queries.ts";
import { ApiKeyInput, TenantChanges, TenantInput, WebhookSecretInput } from "../../schemas/tenant.ts";
import type { Operations } from "../operation.ts";

export const tenantOperations: Operations = {
  "POST /tenant": {
    id: "saveTenant",
    tag: "Tenants",
    summary: "Create or update a tenant",
    description: "Absent fields keep their value, null clears, secrets included.",
    opens: "admin",
    query: NoQuery,
    body: TenantInput,
    examples: {
      "an application that takes reports": {
        id: "shop",
        name: "Shop",
        client_base_url: "https://shop.example.com",
        client_auth: { method: "bearer", token: "shared-secret" },
      },
    },
    answers: TenantSaved,
  },
  "GET /tenants": {
    id: "listTenants",
    tag: "Tenants",
    summary: "List tenants",
    description: "A tenant's key sees its own.",
    opens: "tenant",
    query: ActiveQuery,
    answers: TenantPage,
  },
  "GET /tenants/sync-status": {
    id: "listSyncStatus",
    tag: "Tenants",
    summary: "How the report exchange with each tenant stands",
    opens: "tenant",
    query: TenantQuery,
    answers: SyncStatus,
  },
  "GET /tenant/:id": {
    id: "getTenant",
    tag: "Tenants",
    summary: "Look at one tenant",
    opens: "tenant",
    query: NoQuery,
    answers: OneTenant,
  },
  "PUT /tenant/:id": {
    id: "updateTenant",
    tag: "Tenants",
    summary: "Update a tenant",
    description:
      "Absent fields keep their value, null clears. A tenant's key may change its own, except `active`, `allowed_senders` and `rate_limits`, and names public addresses only.",
    opens: "tenant",
    query: NoQuery,
    body: TenantChanges,
    examples: { "a limit for all of its accounts together": { rate_limits: { hour: 1_000 } } },
    answers: OneTenant,
  },
  "DELETE /tenant/:id": {
    id: "deleteTenant",
    tag: "Tenants",
    summary: "Delete a tenant and everything that is its own",
    description: "Refused with 409 while messages wait or events are unreported, unless `force`.",
    opens: "admin",
    query: DeletionQuery,
    answers: TenantNamed,
    fails: [409],
  },
  "POST /tenant/:id/api-key": {
    id: "createApiKey",
    tag: "Tenants",
    summary: "Make a tenant's key",
    description: "It is shown this once, and takes the place of the one before.",
    opens: "admin",
    query: NoQuery,
    body: ApiKeyInput,
    examples: { "until a day": { expires_at: "2099-12-31T00:00:00Z" } },
    answers: ApiKeyMade,
  },
  "POST /tenant/:id/webhook-secret": {
    id: "renewWebhookSecret",
    tag: "Tenants",
    summary: "Make a tenant's webhook secret",
    description:
      "It is shown this once. Reports are signed with the one before as well, for `overlap_seconds`, or as long as the setting says. A tenant's key makes its own.",
    opens: "tenant",
    query: NoQuery,
    body: WebhookSecretInput,
    examples: { "an hour for the change": { overlap_seconds: 3_600 } },
    answers: WebhookSecretMade,
  },
  "DELETE /tenant/:id/api-key": {
    id: "revokeApiKey",
    tag: "Tenants",
    summary: "Revoke a tenant's key",
    opens: "admin",
    query: NoQuery,
    answers: TenantNamed,
  },
};
