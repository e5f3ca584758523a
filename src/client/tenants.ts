/** Tenants and their keys, and how the report exchange with them stands. */
import type { CallOptions, Transport } from "./transport.ts";
import type {
  ApiKeyInput,
  ApiKeyMade,
  ListAccountsQuery,
  ListTenantsQuery,
  OneTenant,
  SyncStatus,
  TenantChanges,
  TenantInput,
  TenantNamed,
  TenantPage,
  TenantSaved,
  WebhookSecretInput,
  WebhookSecretMade,
} from "./types.ts";

export class Tenants {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates or updates: absent fields keep their value, null clears. */
  save(tenant: TenantInput, { signal }: CallOptions = {}): Promise<TenantSaved> {
    return this.#transport.call("POST", "tenant", { body: tenant, repeatable: true, signal });
  }

  list({ signal, ...query }: ListTenantsQuery & CallOptions = {}): Promise<TenantPage> {
    return this.#transport.call("GET", "tenants", { query, repeatable: true, signal });
  }

  get(id: string, { signal }: CallOptions = {}): Promise<OneTenant> {
    return this.#transport.call("GET", pathOf(id), { repeatable: true, signal });
  }

  /** Absent fields keep their value, null clears. */
  update(id: string, changes: TenantChanges, { signal }: CallOptions = {}): Promise<OneTenant> {
    return this.#transport.call("PUT", pathOf(id), { body: changes, repeatable: true, signal });
  }

  /** Fails with `conflict` while messages wait, unless `force`. */
  delete(id: string, { signal, ...query }: CallOptions & { force?: boolean } = {}): Promise<TenantNamed> {
    return this.#transport.call("DELETE", pathOf(id), { query, repeatable: false, signal });
  }

  /** The key is shown this once, and takes the place of the one before. */
  createKey(id: string, { signal, ...body }: ApiKeyInput & CallOptions = {}): Promise<ApiKeyMade> {
    return this.#transport.call("POST", `${pathOf(id)}/api-key`, { body, repeatable: false, signal });
  }

  revokeKey(id: string, { signal }: CallOptions = {}): Promise<TenantNamed> {
    return this.#transport.call("DELETE", `${pathOf(id)}/api-key`, { repeatable: true, signal });
  }

  /** The secret is shown this once; the one before signs too for a while. */
  renewWebhookSecret(
    id: string,
    { signal, ...body }: WebhookSecretInput & CallOptions = {},
  ): Promise<WebhookSecretMade> {
    return this.#transport.call("POST", `${pathOf(id)}/webhook-secret`, { body, repeatable: false, signal });
  }

  /** How the report exchange with each tenant stands. */
  syncStatus({ signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<SyncStatus> {
    return this.#transport.call("GET", "tenants/sync-status", { query, repeatable: true, signal });
  }
}

function pathOf(id: string): string {
  return `tenant/${encodeURIComponent(id)}`;
}
