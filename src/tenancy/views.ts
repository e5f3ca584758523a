/** Tenants and accounts as the outside sees them: the API's names, times in Unix seconds, and of a secret only that there is one. */
import { DEFAULT_SYNC_PATH } from "../db/schema.ts";
import { shownStoreUrl } from "../security/sealed-store.ts";
import type { Account } from "./accounts.ts";
import { pauseOf } from "./hand-pause.ts";
import type { Tenant } from "./tenants.ts";
import type { TlsMode } from "./tls.ts";
import type { Usage } from "./usage.ts";

const DEFAULT_ATTACHMENT_PATH = "/mail-proxy/attachments";

export type TenantView = ReturnType<typeof tenantView>;
export type AccountView = ReturnType<typeof accountView>;

/** `now` in Unix milliseconds. */
export function tenantView(tenant: Tenant, now: number) {
  const { limitPerMinute: minute, limitPerHour: hour, limitPerDay: day } = tenant;
  return {
    id: tenant.id,
    name: tenant.name,
    client_base_url: tenant.clientBaseUrl,
    client_sync_path: tenant.clientSyncPath ?? DEFAULT_SYNC_PATH,
    client_attachment_path: tenant.clientAttachmentPath ?? DEFAULT_ATTACHMENT_PATH,
    client_auth: authView(tenant.clientAuth),
    attachment_format: tenant.attachmentFormat,
    rate_limits: minute === null && hour === null && day === null ? null : { minute, hour, day },
    large_file_config: largeFileView(tenant.largeFileConfig),
    stores: tenant.stores && storesView(tenant.stores),
    allowed_senders: tenant.allowedSenders,
    active: tenant.active,
    suspended_batches: tenant.suspendedBatches,
    has_webhook_secret: tenant.webhookSecret !== null,
    webhook_secret_previous_until_ts: seconds(stillAhead(tenant.webhookSecretPreviousUntil, now)),
    has_api_key: tenant.apiKeyHash !== null,
    api_key_expires_at: seconds(tenant.apiKeyExpiresAt),
    created_ts: seconds(tenant.createdAt),
    updated_ts: seconds(tenant.updatedAt),
  };
}

function largeFileView(config: Tenant["largeFileConfig"]) {
  if (config?.storage_url === undefined) return config;
  const { storage_url: store } = config;
  return { ...config, storage_url: typeof store === "string" ? shownStoreUrl(store) : store.shown };
}

function storesView(stores: NonNullable<Tenant["stores"]>): Record<string, string> {
  return Object.fromEntries(Object.entries(stores).map(([name, { shown }]) => [name, shown]));
}

function authView(auth: Tenant["clientAuth"]) {
  if (auth === null) return null;
  const { method, user = null, header = null, token, password } = auth;
  return { method, user, header, has_token: token != null, has_password: password != null };
}

export function accountView(account: Account, usage: Usage, now: number) {
  const pause = pauseOf(account, now);
  return {
    id: account.id,
    tenant_id: account.tenantId,
    host: account.host,
    port: account.port,
    user: account.user,
    has_password: account.password !== null,
    tls: account.tls,
    use_tls: useTls(account.tls),
    tls_verify: account.tlsVerify,
    ca: account.ca,
    auth_method: account.authMethod,
    ehlo_name: account.ehloName,
    from_address: account.fromAddress,
    allowed_senders: account.allowedSenders,
    priority: account.priority,
    limit_per_minute: account.limitPerMinute,
    limit_per_hour: account.limitPerHour,
    limit_per_day: account.limitPerDay,
    limit_behavior: account.limitBehavior,
    batch_size: account.batchSize,
    max_connections: account.maxConnections,
    max_messages_per_connection: account.maxMessagesPerConnection,
    ttl: account.ttl,
    ascii_attachments: account.asciiAttachments,
    suppress_send: account.suppressSend,
    retry_delays: account.retryDelays,
    is_pec_account: account.isPecAccount,
    imap_host: account.imapHost,
    imap_port: account.imapPort,
    imap_user: account.imapUser,
    has_imap_password: account.imapPassword !== null,
    imap_folder: account.imapFolder,
    imap_ssl: account.imapSsl,
    imap_tls_verify: account.imapTlsVerify,
    imap_ca: account.imapCa,
    state: pause === undefined ? "ok" : "paused",
    paused_by: pause?.by ?? null,
    paused_until: seconds(pause?.until ?? null),
    last_error: account.lastError,
    last_error_ts: seconds(account.lastErrorAt),
    sent_last_minute: usage.minute,
    sent_last_hour: usage.hour,
    sent_last_day: usage.day,
    ready_messages: usage.ready,
    created_ts: seconds(account.createdAt),
    updated_ts: seconds(account.updatedAt),
  };
}

/** In the reference's word: yes, no, or null for "where the server offers it". */
function useTls(tls: TlsMode): boolean | null {
  return tls === "opportunistic" ? null : tls !== "none";
}

function stillAhead(moment: number | null, now: number): number | null {
  return moment !== null && moment > now ? moment : null;
}

function seconds(ms: number): number;
function seconds(ms: number | null): number | null;
function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}
