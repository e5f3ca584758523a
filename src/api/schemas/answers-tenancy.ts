/** What is answered about tenants and their accounts: of a secret only that there is one. */
import * as v from "valibot";
import { answerOf, count, maybeCount, maybeSeconds, maybeText, seconds } from "./answers.ts";

const maybeTexts = v.nullable(v.array(v.string()));

const accountFields = {
  id: v.string(),
  tenant_id: v.string(),
  host: v.string(),
  port: v.pipe(v.number(), v.integer()),
  user: maybeText,
  has_password: v.boolean(),
  tls: v.picklist(["none", "opportunistic", "starttls", "implicit"]),
  use_tls: v.nullable(v.boolean()),
  tls_verify: v.nullable(v.boolean()),
  ca: maybeText,
  auth_method: v.picklist(["auto", "plain", "login", "cram-md5", "xoauth2"]),
  ehlo_name: maybeText,
  from_address: maybeText,
  allowed_senders: maybeTexts,
  priority: v.nullable(v.picklist([0, 1, 2, 3])),
  limit_per_minute: maybeCount,
  limit_per_hour: maybeCount,
  limit_per_day: maybeCount,
  limit_behavior: v.picklist(["defer", "reject"]),
  batch_size: maybeCount,
  max_connections: maybeCount,
  max_messages_per_connection: maybeCount,
  ttl: count,
  ascii_attachments: v.boolean(),
  suppress_send: v.boolean(),
  retry_delays: v.nullable(v.array(count)),
  is_pec_account: v.boolean(),
  imap_host: maybeText,
  imap_port: v.nullable(v.pipe(v.number(), v.integer())),
  imap_user: maybeText,
  has_imap_password: v.boolean(),
  imap_folder: maybeText,
  imap_ssl: v.nullable(v.boolean()),
  imap_tls_verify: v.nullable(v.boolean()),
  imap_ca: maybeText,
  state: v.picklist(["ok", "paused"]),
  paused_by: v.nullable(v.picklist(["fault", "hand", "platform"])),
  paused_until: maybeSeconds,
  last_error: maybeText,
  last_error_ts: maybeSeconds,
  sent_last_minute: count,
  sent_last_hour: count,
  sent_last_day: count,
  ready_messages: count,
  created_ts: seconds,
  updated_ts: seconds,
};

export const Account = v.strictObject(accountFields);
export const AccountPage = answerOf({ accounts: v.array(Account) });
export const OneAccount = answerOf(accountFields);
export const AccountSaved = answerOf({ created: v.boolean(), ...accountFields });
export const AccountDeleted = answerOf({ id: v.string(), tenant_id: v.string(), failed_messages: count });

export const AccountTested = v.strictObject({
  ok: v.boolean(),
  id: v.string(),
  tenant_id: v.string(),
  steps: v.array(v.strictObject({ step: v.string(), ok: v.boolean(), ms: v.number(), detail: maybeText })),
});

/** As it was saved, the secrets of its URL masked. */
const largeFileConfig = v.strictObject({
  enabled: v.optional(v.boolean()),
  max_size_mb: v.optional(v.number()),
  storage_url: v.optional(v.string()),
  public_base_url: v.optional(v.string()),
  file_ttl_days: v.optional(count),
  lifespan_after_download_days: v.optional(count),
  action: v.optional(v.picklist(["warn", "reject", "rewrite"])),
});

const tenantFields = {
  id: v.string(),
  name: maybeText,
  client_base_url: maybeText,
  client_sync_path: v.string(),
  client_attachment_path: v.string(),
  client_auth: v.nullable(
    v.strictObject({
      method: v.picklist(["none", "bearer", "basic", "header"]),
      user: maybeText,
      header: maybeText,
      has_token: v.boolean(),
      has_password: v.boolean(),
    }),
  ),
  attachment_format: v.picklist(["form", "json"]),
  rate_limits: v.nullable(v.strictObject({ minute: maybeCount, hour: maybeCount, day: maybeCount })),
  large_file_config: v.nullable(largeFileConfig),
  /** Name to URL, its secrets masked. */
  stores: v.nullable(v.record(v.string(), v.string())),
  allowed_senders: maybeTexts,
  active: v.boolean(),
  suspended_batches: v.array(v.string()),
  has_webhook_secret: v.boolean(),
  webhook_secret_previous_until_ts: maybeSeconds,
  has_api_key: v.boolean(),
  api_key_expires_at: maybeSeconds,
  created_ts: seconds,
  updated_ts: seconds,
};

export const Tenant = v.strictObject(tenantFields);
export const TenantPage = answerOf({ tenants: v.array(Tenant) });
export const OneTenant = answerOf(tenantFields);
export const TenantSaved = answerOf({ created: v.boolean(), ...tenantFields });
export const TenantNamed = answerOf({ id: v.string() });
export const ApiKeyMade = answerOf({ api_key: v.string(), expires_at: maybeSeconds });
export const WebhookSecretMade = answerOf({ webhook_secret: v.string(), previous_until_ts: maybeSeconds });

const syncState = v.strictObject({
  id: v.string(),
  active: v.boolean(),
  last_sync_ts: maybeSeconds,
  last_ok_ts: maybeSeconds,
  next_sync_ts: maybeSeconds,
  next_sync_due: v.boolean(),
  failures: count,
  last_error: maybeText,
  unreported_events: count,
  waiting_messages: count,
});
export const SyncStatus = answerOf({ tenants: v.array(syncState) });
