-- mpk_MKU5i2B4Zf0xUEA8y9-u_uNzHpo5a4b4gyv7cAxYT68
-- 1795341671926
CREATE TABLE migrations (name text primary key, applied_at integer not null);
--
CREATE TABLE `accounts` (
	`key` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`host` text NOT NULL,
	`port` integer NOT NULL,
	`user` text,
	`password` text,
	`tls` text NOT NULL,
	`tls_verify` integer,
	`ca` text,
	`auth_method` text DEFAULT 'auto' NOT NULL,
	`ehlo_name` text,
	`from_address` text,
	`priority` integer,
	`limit_per_minute` integer,
	`limit_per_hour` integer,
	`limit_per_day` integer,
	`limit_behavior` text DEFAULT 'defer' NOT NULL,
	`batch_size` integer,
	`max_connections` integer,
	`max_messages_per_connection` integer,
	`ttl` integer DEFAULT 300 NOT NULL,
	`ascii_attachments` integer DEFAULT false NOT NULL,
	`suppress_send` integer DEFAULT false NOT NULL,
	`retry_delays` text,
	`is_pec_account` integer DEFAULT false NOT NULL,
	`imap_host` text,
	`imap_port` integer,
	`imap_user` text,
	`imap_password` text,
	`imap_folder` text,
	`public_only` integer DEFAULT false NOT NULL,
	`faults` integer DEFAULT 0 NOT NULL,
	`paused_until` integer,
	`last_error` text,
	`last_error_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer
, `imap_ssl` integer, `imap_tls_verify` integer, `imap_ca` text, `imap_public_only` integer DEFAULT false NOT NULL, `allowed_senders` text);
--
CREATE TABLE `command_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`endpoint` text NOT NULL,
	`tenant_id` text,
	`payload` text NOT NULL,
	`status` integer NOT NULL,
	`result` text NOT NULL,
	`request_id` text NOT NULL
);
--
CREATE TABLE `counters` (
	`name` text NOT NULL,
	`tenant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`value` integer NOT NULL,
	PRIMARY KEY(`name`, `tenant_id`, `account_id`)
) WITHOUT ROWID;
--
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant_id` text NOT NULL,
	`message` integer NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL,
	`report_at` integer,
	`report_tries` integer DEFAULT 0 NOT NULL,
	`reported_at` integer
);
--
CREATE TABLE `grants` (
	`account_key` integer NOT NULL,
	`at` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`account_key`, `at`)
) WITHOUT ROWID;
--
CREATE TABLE `instance` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--
CREATE TABLE `messages` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`pk` text NOT NULL,
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`account_key` integer,
	`priority` integer NOT NULL,
	`state` text NOT NULL,
	`wake_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`batch_code` text,
	`token` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`deferred_at` integer,
	`outcome_unknown` integer DEFAULT false NOT NULL,
	`rate_limited` integer DEFAULT false NOT NULL,
	`error` text,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL,
	`smtp_at` integer,
	`finished_at` integer
, `recipients` text DEFAULT '[]' NOT NULL);
--
CREATE TABLE `payloads` (
	`message` integer PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`content` text NOT NULL
);
--
CREATE TABLE `suspensions` (
	`tenant_id` text NOT NULL,
	`batch_code` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `batch_code`)
) WITHOUT ROWID;
--
CREATE TABLE `syncs` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`token` integer,
	`lease_until` integer,
	`idle_due_at` integer DEFAULT 0 NOT NULL,
	`retry_at` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`requested` integer DEFAULT false NOT NULL,
	`batch_id` text,
	`batch_events` text,
	`last_sync_at` integer,
	`last_ok_at` integer,
	`last_error` text
);
--
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`client_base_url` text,
	`client_sync_path` text,
	`client_attachment_path` text,
	`client_auth` text,
	`attachment_format` text DEFAULT 'form' NOT NULL,
	`limit_per_minute` integer,
	`limit_per_hour` integer,
	`limit_per_day` integer,
	`large_file_config` text,
	`active` integer DEFAULT true NOT NULL,
	`webhook_secret` text,
	`public_only` integer DEFAULT false NOT NULL,
	`api_key_hash` text,
	`api_key_expires_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
, `stores` text, `webhook_secret_previous` text, `webhook_secret_previous_until` integer, `allowed_senders` text);
--
CREATE TABLE `backlog` (
	`tenant_id` text NOT NULL,
	`kind` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `kind`)
) WITHOUT ROWID;
--
CREATE TABLE `arrivals` (
	`hash` text PRIMARY KEY NOT NULL,
	`mail_from` text NOT NULL,
	`rcpt_to` text NOT NULL,
	`raw` text NOT NULL,
	`arrived_at` integer NOT NULL
);
--
CREATE TABLE `directory` (
	`revision` integer NOT NULL
);
--
CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`pk` text NOT NULL,
	`position` integer NOT NULL,
	`store` text NOT NULL,
	`path` text NOT NULL,
	`filename` text NOT NULL,
	`mime_type` text NOT NULL,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`downloads` integer DEFAULT 0 NOT NULL,
	`downloaded_at` integer
);
--
CREATE TABLE `mailboxes` (
	`id` text PRIMARY KEY NOT NULL,
	`place` text NOT NULL,
	`token` integer,
	`lease_until` integer,
	`uid_validity` text,
	`last_uid` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`retry_at` integer DEFAULT 0 NOT NULL,
	`last_read_at` integer,
	`last_error` text,
	`last_error_at` integer
);
--
CREATE TABLE `message_ids` (
	`message_id` text NOT NULL,
	`message` integer NOT NULL,
	PRIMARY KEY(`message_id`, `message`)
);
--
CREATE TABLE `notices` (
	`message` integer NOT NULL,
	`origin` text NOT NULL,
	`token` integer NOT NULL,
	PRIMARY KEY(`message`, `origin`)
);
--
CREATE TABLE `pec_waits` (
	`message` integer PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL
);
--
CREATE TABLE `suppressions` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant_id` text NOT NULL,
	`address` text NOT NULL,
	`spelled` text,
	`source` text NOT NULL,
	`reason` text,
	`pk` text,
	`created_at` integer NOT NULL,
	`expires_at` integer
);
--
CREATE TABLE `idempotency_keys` (
	`tenant_id` text NOT NULL,
	`key` text NOT NULL,
	`token` integer NOT NULL,
	`payload_hash` text NOT NULL,
	`answer` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `key`)
);
--
CREATE TABLE `webhook_attempts` (
	`delivery` integer NOT NULL,
	`number` integer NOT NULL,
	`at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`status` integer,
	`answer` text,
	`error` text,
	PRIMARY KEY(`delivery`, `number`)
);
--
CREATE TABLE `webhook_deliveries` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`webhook` text NOT NULL,
	`event` integer,
	`type` text NOT NULL,
	`payload` text NOT NULL,
	`state` text NOT NULL,
	`aside` integer DEFAULT false NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at` integer,
	`created_at` integer NOT NULL,
	`delivered_at` integer
);
--
CREATE TABLE `webhook_feed` (
	`id` integer PRIMARY KEY NOT NULL,
	`event` integer NOT NULL
);
--
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`url` text NOT NULL,
	`events` text,
	`secret` text NOT NULL,
	`secret_previous` text,
	`secret_previous_until` integer,
	`secret_rotated_at` integer,
	`status` text DEFAULT 'enabled' NOT NULL,
	`disabled_reason` text,
	`disabled_at` integer,
	`public_only` integer DEFAULT false NOT NULL,
	`failing_since` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	`token` integer,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--
insert into "migrations" ("name", "applied_at") values ('0000_init', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0001_recipients', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0002_backlog', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0003_arrivals', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0004_directory', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0005_attachments', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0006_bounces', 1795341670993);
--
insert into "migrations" ("name", "applied_at") values ('0007_drop_in', 1795341670993);
--
insert into "accounts" ("key", "tenant_id", "id", "host", "port", "user", "password", "tls", "tls_verify", "ca", "auth_method", "ehlo_name", "from_address", "priority", "limit_per_minute", "limit_per_hour", "limit_per_day", "limit_behavior", "batch_size", "max_connections", "max_messages_per_connection", "ttl", "ascii_attachments", "suppress_send", "retry_delays", "is_pec_account", "imap_host", "imap_port", "imap_user", "imap_password", "imap_folder", "public_only", "faults", "paused_until", "last_error", "last_error_at", "created_at", "updated_at", "deleted_at", "imap_ssl", "imap_tls_verify", "imap_ca", "imap_public_only", "allowed_senders") values (1, 'acme', 'default', '127.0.0.1', 45025, NULL, NULL, 'none', NULL, NULL, 'auto', NULL, NULL, NULL, NULL, NULL, NULL, 'defer', NULL, NULL, NULL, 300, 0, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 1795341671339, 1795341671339, NULL, NULL, NULL, NULL, 0, NULL);
--
insert into "accounts" ("key", "tenant_id", "id", "host", "port", "user", "password", "tls", "tls_verify", "ca", "auth_method", "ehlo_name", "from_address", "priority", "limit_per_minute", "limit_per_hour", "limit_per_day", "limit_behavior", "batch_size", "max_connections", "max_messages_per_connection", "ttl", "ascii_attachments", "suppress_send", "retry_delays", "is_pec_account", "imap_host", "imap_port", "imap_user", "imap_password", "imap_folder", "public_only", "faults", "paused_until", "last_error", "last_error_at", "created_at", "updated_at", "deleted_at", "imap_ssl", "imap_tls_verify", "imap_ca", "imap_public_only", "allowed_senders") values (2, 'acme', 'away', '127.0.0.1', 45026, NULL, NULL, 'none', NULL, NULL, 'auto', NULL, NULL, NULL, NULL, NULL, NULL, 'defer', NULL, NULL, NULL, 300, 0, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, 1, 1795341703338, 'connect: connect ECONNREFUSED 127.0.0.1:45026', 1795341671711, 1795341671368, 1795341671368, NULL, NULL, NULL, NULL, 0, NULL);
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (1, 1795341671287, 'POST /tenant', 'acme', '{"id":"acme","client_base_url":"http://127.0.0.1:45080","client_sync_path":"/reports"}', 200, '{"ok":true,"created":true,"id":"acme","name":null,"client_base_url":"http://127.0.0.1:45080","client_sync_path":"/reports","client_attachment_path":"/mail-proxy/attachments","client_auth":null,"attachment_format":"form","rate_limits":null,"large_file_config":null,"stores":null,"allowed_senders":null,"active":true,"suspended_batches":[],"has_webhook_secret":false,"webhook_secret_previous_until_ts":null,"has_api_key":false,"api_key_expires_at":null,"created_ts":1795341671,"updated_ts":1795341671}', 'c3e74b24-9e04-412c-bb6a-32d5f89393a7');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (2, 1795341671362, 'POST /account', 'acme', '{"tenant_id":"acme","host":"127.0.0.1","use_tls":false,"id":"default","port":45025}', 200, '{"ok":true,"created":true,"id":"default","tenant_id":"acme","host":"127.0.0.1","port":45025,"user":null,"has_password":false,"tls":"none","use_tls":false,"tls_verify":null,"ca":null,"auth_method":"auto","ehlo_name":null,"from_address":null,"allowed_senders":null,"priority":null,"limit_per_minute":null,"limit_per_hour":null,"limit_per_day":null,"limit_behavior":"defer","batch_size":null,"max_connections":null,"max_messages_per_connection":null,"ttl":300,"ascii_attachments":false,"suppress_send":false,"retry_delays":null,"is_pec_account":false,"imap_host":null,"imap_port":null,"imap_user":null,"has_imap_password":false,"imap_folder":null,"imap_ssl":null,"imap_tls_verify":null,"imap_ca":null,"state":"ok","paused_until":null,"last_error":null,"last_error_ts":null,"sent_last_minute":0,"sent_last_hour":0,"sent_last_day":0,"created_ts":1795341671,"updated_ts":1795341671}', '92d53cc1-f664-44d2-aa9c-7f315549227a');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (3, 1795341671373, 'POST /account', 'acme', '{"tenant_id":"acme","host":"127.0.0.1","use_tls":false,"id":"away","port":45026}', 200, '{"ok":true,"created":true,"id":"away","tenant_id":"acme","host":"127.0.0.1","port":45026,"user":null,"has_password":false,"tls":"none","use_tls":false,"tls_verify":null,"ca":null,"auth_method":"auto","ehlo_name":null,"from_address":null,"allowed_senders":null,"priority":null,"limit_per_minute":null,"limit_per_hour":null,"limit_per_day":null,"limit_behavior":"defer","batch_size":null,"max_connections":null,"max_messages_per_connection":null,"ttl":300,"ascii_attachments":false,"suppress_send":false,"retry_delays":null,"is_pec_account":false,"imap_host":null,"imap_port":null,"imap_user":null,"has_imap_password":false,"imap_folder":null,"imap_ssl":null,"imap_tls_verify":null,"imap_ca":null,"state":"ok","paused_until":null,"last_error":null,"last_error_ts":null,"sent_last_minute":0,"sent_last_hour":0,"sent_last_day":0,"created_ts":1795341671,"updated_ts":1795341671}', '00a059e3-c37b-44d5-92fe-46a716910082');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (4, 1795341671376, 'POST /tenant/acme/api-key', 'acme', '{}', 200, '{"ok":true,"api_key":"********","expires_at":null}', 'b9c4dfca-2f95-4390-8365-ea06fcdbf9a8');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (5, 1795341671386, 'POST /webhooks?tenant_id=acme', 'acme', '{"endpoint":"http://127.0.0.1:45080/hook","events":null}', 200, '{"ok":true,"object":"webhook","id":"99618ab5-dc53-4e4b-9d6c-071e737e3512","tenant_id":"acme","endpoint":"http://127.0.0.1:45080/hook","url":"http://127.0.0.1:45080/hook","events":null,"status":"enabled","active":true,"created_at":"2026-11-22T10:01:11.382Z","createdAt":"2026-11-22T10:01:11.382Z","updated_at":"2026-11-22T10:01:11.382Z","secretRotatedAt":null,"previousSecretExpiresAt":null,"consecutiveFailures":0,"failing_since":null,"disabledAt":null,"disabledReason":null,"lastDeliveryAt":null,"lastDeliveryStatus":null,"pending_deliveries":0,"webhook":{"object":"webhook","id":"99618ab5-dc53-4e4b-9d6c-071e737e3512","tenant_id":"acme","endpoint":"http://127.0.0.1:45080/hook","url":"http://127.0.0.1:45080/hook","events":null,"status":"enabled","active":true,"created_at":"2026-11-22T10:01:11.382Z","createdAt":"2026-11-22T10:01:11.382Z","updated_at":"2026-11-22T10:01:11.382Z","secretRotatedAt":null,"previousSecretExpiresAt":null,"consecutiveFailures":0,"failing_since":null,"disabledAt":null,"disabledReason":null,"lastDeliveryAt":null,"lastDeliveryStatus":null,"pending_deliveries":0},"signing_secret":"********","signingSecret":"********"}', '79be4435-16a5-4686-8b14-36b2b1e8562f');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (6, 1795341671390, 'POST /suppressions', 'acme', '{"tenant_id":"acme","address":"gone@example.net"}', 200, '{"ok":true,"added":1,"updated":0,"rejected":[],"rejected_total":0}', '895f99c2-8007-4883-8ee1-f358f4eecf65');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (7, 1795341671395, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"told","from":"app@example.com","to":"told@example.net","subject":"About told","body":"Hello told"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'ef6dd393-7d41-482f-9439-9ca16eb090e6');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (8, 1795341671662, 'POST /bounces', NULL, '{"omitted":"a mail of 536 bytes"}', 200, '{"ok":true,"kind":"delivery","events":[{"tenant_id":"acme","event":"bounce","id":"told","pk":"01a202b3-dbdf-734e-891a-dd784f0309a6","recipient":"told@example.net","repeated":false}],"ignored":[]}', '81b2b141-c033-48d2-8b01-ff57e0919f7c');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (9, 1795341671664, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"sent","from":"app@example.com","to":"sent@example.net","subject":"About sent","body":"Hello sent"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'b025f5f0-a9f5-46f7-bc7c-d43de765ca66');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (10, 1795341671671, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"refused","from":"app@example.com","to":"refused@example.net","subject":"About refused","body":"Hello refused"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', '3d4e2569-0534-436c-8023-db86c7a4b2a7');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (11, 1795341671683, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"later","from":"app@example.com","to":"later@example.net","subject":"About later","body":"Hello later"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'c4bd2d41-d4e6-4d27-a65d-6fb7a1a4858a');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (12, 1795341671688, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"half","from":"app@example.com","to":"half@example.net, later@example.net","subject":"About half","body":"Hello half"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', '3fe6b7fd-f5b5-4df1-bbfc-a5fde7d8224f');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (13, 1795341671694, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"suppressed","from":"app@example.com","to":"gone@example.net","subject":"About suppressed","body":"Hello suppressed"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'af40c70b-acd7-4173-b811-d1ba8b04bbab');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (14, 1795341671697, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"waits","from":"app@example.com","to":"waits@example.net","subject":"About waits","body":"Hello waits","account_id":"away"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'f0eb2156-4747-4782-a17e-ae539ec318ff');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (15, 1795341671704, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"soon","from":"app@example.com","to":"soon@example.net","subject":"About soon","body":"Hello soon","deferred_ts":1795343471}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'a1cce912-926b-4d26-b375-cc68e12e0b1f');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (16, 1795341671716, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"far","from":"app@example.com","to":"far@example.net","subject":"About far","body":"Hello far","deferred_ts":1795413671,"priority":0}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', '1a810783-6de0-447c-b014-911a11ec23e7');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (17, 1795341671734, 'POST /commands/suspend?tenant_id=acme&batch_code=june', 'acme', 'null', 200, '{"ok":true,"tenant_id":"acme","batch_code":"june","suspended_batches":["june"],"pending_messages":0}', '759de865-7bc4-4b87-b0b2-3213ff7b4d5c');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (18, 1795341671748, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"held","from":"app@example.com","to":"held@example.net","subject":"About held","body":"Hello held","batch_code":"june"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'facc5891-275c-46ce-a26a-41c55ae4a56c');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (19, 1795341671753, 'POST /commands/add-messages', 'acme', '{"messages":[{"tenant_id":"acme","id":"canceled","from":"app@example.com","to":"canceled@example.net","subject":"About canceled","body":"Hello canceled","batch_code":"june"}]}', 200, '{"ok":true,"queued":1,"rejected":[]}', 'c601f21e-8f8a-4c52-874a-095e228c675b');
--
insert into "command_log" ("id", "at", "endpoint", "tenant_id", "payload", "status", "result", "request_id") values (20, 1795341671758, 'POST /messages/canceled/cancel?tenant_id=acme', 'acme', 'null', 200, '{"ok":true,"pk":"01a202b3-dd46-74ca-ab9e-4e09454e5609","id":"canceled","tenant_id":"acme","tenant_name":null,"account_id":"default","priority":2,"status":"canceled","batch_code":"june","subject":"About canceled","created_ts":1795341671,"deferred_ts":null,"expires_ts":1795428071,"smtp_ts":null,"sent_ts":null,"error_ts":null,"error":null,"attempts":0,"outcome_unknown":false,"recipients":[{"address":"canceled@example.net","kind":"to","status":"pending","code":null,"enhanced_code":null,"text":null}]}', '5ae84837-6908-4121-9b47-dd1dd76bb011');
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('gmp_deferred_total', 'acme', 'default', 2);
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('gmp_errors_total', 'acme', 'default', 2);
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('gmp_sent_total', 'acme', 'default', 2);
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('mail_proxy_bounces_total', 'acme', 'default', 1);
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('mail_proxy_webhook_deliveries_total', 'acme', '', 1);
--
insert into "counters" ("name", "tenant_id", "account_id", "value") values ('mail_proxy_webhook_failures_total', 'acme', '', 1);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (1, 'acme', 1, 'sent', 1795341671540, '{"smtp_code":250,"attempt":1,"recipients":[["to","told@example.net","sent",250,null,"OK: message queued"]]}', NULL, 0, 1795341671608);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (2, 'acme', 1, 'bounce', 1795341671659, '{"bounce_type":"hard","bounce_code":"5.1.1","bounce_reason":"550 5.1.1 gone","smtp_code":550,"enhanced_code":"5.1.1","recipients":[["to","told@example.net","error",550,"5.1.1","550 5.1.1 gone"]]}', 1795341671659, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (3, 'acme', 2, 'sent', 1795341671682, '{"smtp_code":250,"attempt":1,"recipients":[["to","sent@example.net","sent",250,null,"OK: message queued"]]}', 1795341671682, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (4, 'acme', 3, 'error', 1795341671682, '{"error":"550 5.1.1 no such user","smtp_code":550,"enhanced_code":"5.1.1","attempt":1,"recipients":[["to","refused@example.net","error",550,"5.1.1","no such user"]]}', 1795341671682, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (5, 'acme', 4, 'deferred', 1795341671697, '{"deferred_ts":1795341733,"deferred_reason":"451 4.2.1 not now","smtp_code":451,"enhanced_code":"4.2.1","attempt":1,"recipients":[["to","later@example.net","pending",451,"4.2.1","not now"]]}', 1795341671697, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (6, 'acme', 5, 'deferred', 1795341671697, '{"deferred_ts":1795341736,"deferred_reason":"451 4.2.1 not now","smtp_code":451,"enhanced_code":"4.2.1","attempt":1,"recipients":[["to","half@example.net","sent",250,null,"OK: message queued"],["to","later@example.net","pending",451,"4.2.1","not now"]]}', 1795341671697, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (7, 'acme', 6, 'error', 1795341671699, '{"error":"suppressed","attempt":0,"recipients":[["to","gone@example.net","error",null,null,"suppressed"]]}', 1795341671699, 0, NULL);
--
insert into "events" ("id", "tenant_id", "message", "type", "at", "data", "report_at", "report_tries", "reported_at") values (8, 'acme', 11, 'canceled', 1795341671756, '{}', NULL, 0, NULL);
--
insert into "grants" ("account_key", "at", "count") values (1, 1795341671600, 1);
--
insert into "grants" ("account_key", "at", "count") values (1, 1795341671700, 4);
--
insert into "instance" ("key", "value", "updated_at") values ('key_probe', 'ENC:xUIUb0dgI29JtEa9UMveF0ifdut9y28jAcH0iUD8S/zUQ0xARQ==', 1795341671076);
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (1, '01a202b3-dbdf-734e-891a-dd784f0309a6', 'acme', 'told', 1, 2, 'sent', 1795946471540, 1795428071392, NULL, 2949870875027749, 1, NULL, 0, 0, NULL, 95, 1795341671393, 1795341671395, 1795341671540, '[["to","told@example.net","sent",250,null,"OK: message queued"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (2, '01a202b3-dcee-7078-8d47-3a6f99139f0e', 'acme', 'sent', 1, 2, 'sent', 1795946471682, 1795428071662, NULL, 396493676974868, 1, NULL, 0, 0, NULL, 95, 1795341671663, 1795341671664, 1795341671682, '[["to","sent@example.net","sent",250,null,"OK: message queued"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (3, '01a202b3-dcf3-76f9-8667-e4864610d655', 'acme', 'refused', 1, 2, 'error', 1795946471682, 1795428071667, NULL, 1320701881818471, 1, NULL, 0, 0, '550 5.1.1 no such user', 104, 1795341671668, 1795341671670, 1795341671682, '[["to","refused@example.net","error",550,"5.1.1","no such user"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (4, '01a202b3-dcff-739c-8df2-97d1f2f1aaae', 'acme', 'later', 1, 2, 'scheduled', 1795341733323, 1795428071680, NULL, 209667148807563, 1, 1795341733323, 0, 0, '451 4.2.1 not now', 98, 1795341671680, 1795341671683, NULL, '[["to","later@example.net","pending",451,"4.2.1","not now"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (5, '01a202b3-dd05-7528-a847-1d5e73a29d3e', 'acme', 'half', 1, 2, 'scheduled', 1795341736594, 1795428071685, NULL, 3583293244221025, 1, 1795341736594, 0, 0, '451 4.2.1 not now', 115, 1795341671686, 1795341671688, NULL, '[["to","half@example.net","sent",250,null,"OK: message queued"],["to","later@example.net","pending",451,"4.2.1","not now"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (6, '01a202b3-dd0c-75df-8b70-328e1e0decb0', 'acme', 'suppressed', 1, 2, 'error', 1795946471699, 1795428071692, NULL, 3618736440868170, 0, NULL, 0, 0, 'suppressed', 107, 1795341671692, 1795341671694, 1795341671699, '[["to","gone@example.net","error",null,null,"suppressed"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (7, '01a202b3-dd0f-7292-965e-4089fa642097', 'acme', 'waits', 2, 2, 'ready', 1795428071695, 1795428071695, NULL, 2540614973214138, 0, NULL, 0, 0, NULL, 98, 1795341671696, 1795341671697, NULL, '[["to","waits@example.net"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (8, '01a202b3-dd13-764a-ae66-5b4b47985ac0', 'acme', 'soon', 1, 2, 'scheduled', 1795343471000, 1795429871000, NULL, NULL, 0, 1795343471000, 0, 0, NULL, 95, 1795341671700, NULL, NULL, '[["to","soon@example.net"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (9, '01a202b3-dd1c-74f9-88bc-4b4d004965c6', 'acme', 'far', 1, 0, 'scheduled', 1795413671000, 1795500071000, NULL, NULL, 0, 1795413671000, 0, 0, NULL, 92, 1795341671710, NULL, NULL, '[["to","far@example.net"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (10, '01a202b3-dd40-730f-a15c-97a1ca1a7fd9', 'acme', 'held', 1, 2, 'held', 1795428071744, 1795428071744, 'june', NULL, 0, NULL, 0, 0, NULL, 95, 1795341671745, NULL, NULL, '[["to","held@example.net"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (11, '01a202b3-dd46-74ca-ab9e-4e09454e5609', 'acme', 'canceled', 1, 2, 'canceled', 1795946471756, 1795428071750, 'june', NULL, 0, NULL, 0, 0, NULL, 107, 1795341671750, NULL, 1795341671756, '[["to","canceled@example.net"]]');
--
insert into "messages" ("seq", "pk", "tenant_id", "id", "account_key", "priority", "state", "wake_at", "expires_at", "batch_code", "token", "attempts", "deferred_at", "outcome_unknown", "rate_limited", "error", "size", "created_at", "smtp_at", "finished_at", "recipients") values (12, '01a202b3-dd97-741a-a14a-e7d678cd3d8d', 'acme', 'flying', 1, 2, 'sending', 1795341672832, 1795428071831, NULL, 473708202664278, 0, NULL, 0, 0, NULL, 101, 1795341671831, 1795341671832, NULL, '[["to","flying@example.net"]]');
--
insert into "payloads" ("message", "subject", "content") values (1, 'About told', '{"from":"app@example.com","to":["told@example.net"],"subject":"About told","text":"Hello told"}');
--
insert into "payloads" ("message", "subject", "content") values (2, 'About sent', '{"from":"app@example.com","to":["sent@example.net"],"subject":"About sent","text":"Hello sent"}');
--
insert into "payloads" ("message", "subject", "content") values (3, 'About refused', '{"from":"app@example.com","to":["refused@example.net"],"subject":"About refused","text":"Hello refused"}');
--
insert into "payloads" ("message", "subject", "content") values (4, 'About later', '{"from":"app@example.com","to":["later@example.net"],"subject":"About later","text":"Hello later"}');
--
insert into "payloads" ("message", "subject", "content") values (5, 'About half', '{"from":"app@example.com","to":["half@example.net","later@example.net"],"subject":"About half","text":"Hello half"}');
--
insert into "payloads" ("message", "subject", "content") values (6, 'About suppressed', '{"from":"app@example.com","to":["gone@example.net"],"subject":"About suppressed","text":"Hello suppressed"}');
--
insert into "payloads" ("message", "subject", "content") values (7, 'About waits', '{"from":"app@example.com","to":["waits@example.net"],"subject":"About waits","text":"Hello waits"}');
--
insert into "payloads" ("message", "subject", "content") values (8, 'About soon', '{"from":"app@example.com","to":["soon@example.net"],"subject":"About soon","text":"Hello soon"}');
--
insert into "payloads" ("message", "subject", "content") values (9, 'About far', '{"from":"app@example.com","to":["far@example.net"],"subject":"About far","text":"Hello far"}');
--
insert into "payloads" ("message", "subject", "content") values (10, 'About held', '{"from":"app@example.com","to":["held@example.net"],"subject":"About held","text":"Hello held"}');
--
insert into "payloads" ("message", "subject", "content") values (11, 'About canceled', '{"from":"app@example.com","to":["canceled@example.net"],"subject":"About canceled","text":"Hello canceled"}');
--
insert into "payloads" ("message", "subject", "content") values (12, 'About flying', '{"from":"app@example.com","to":["flying@example.net"],"subject":"About flying","text":"Hello flying"}');
--
insert into "suspensions" ("tenant_id", "batch_code", "created_at") values ('acme', 'june', 1795341671720);
--
insert into "syncs" ("tenant_id", "token", "lease_until", "idle_due_at", "retry_at", "failures", "requested", "batch_id", "batch_events", "last_sync_at", "last_ok_at", "last_error") values ('acme', NULL, NULL, 1795341971608, 1795341677239, 1, 0, 'msg_71cc8974a82b2cbf53630c969d523f5e', '[2,3,4,5,6,7]', 1795341671731, 1795341671608, 'HTTP 500');
--
insert into "tenants" ("id", "name", "client_base_url", "client_sync_path", "client_attachment_path", "client_auth", "attachment_format", "limit_per_minute", "limit_per_hour", "limit_per_day", "large_file_config", "active", "webhook_secret", "public_only", "api_key_hash", "api_key_expires_at", "created_at", "updated_at", "stores", "webhook_secret_previous", "webhook_secret_previous_until", "allowed_senders") values ('acme', NULL, 'http://127.0.0.1:45080', '/reports', NULL, NULL, 'form', NULL, NULL, NULL, NULL, 1, NULL, 0, '3cf209c69be05d3f5342682aaa8301b04d5c4fd16fdd06d1437b3f8d74753262', NULL, 1795341671207, 1795341671374, NULL, NULL, NULL, NULL);
--
insert into "backlog" ("tenant_id", "kind", "count") values ('acme', 'active', 2);
--
insert into "backlog" ("tenant_id", "kind", "count") values ('acme', 'held', 1);
--
insert into "backlog" ("tenant_id", "kind", "count") values ('acme', 'scheduled', 4);
--
insert into "directory" ("revision") values (5);
--
insert into "notices" ("message", "origin", "token") values (1, 'bounce told@example.net', 2714122090252889);
--
insert into "suppressions" ("seq", "tenant_id", "address", "spelled", "source", "reason", "pk", "created_at", "expires_at") values (1, 'acme', 'gone@example.net', NULL, 'manual', NULL, NULL, 1795341671389, NULL);
--
insert into "suppressions" ("seq", "tenant_id", "address", "spelled", "source", "reason", "pk", "created_at", "expires_at") values (2, 'acme', 'told@example.net', NULL, 'bounce', '550 5.1.1 gone', '01a202b3-dbdf-734e-891a-dd784f0309a6', 1795341671659, NULL);
--
insert into "webhook_attempts" ("delivery", "number", "at", "duration_ms", "status", "answer", "error") values (1, 1, 1795341671610, 6, 200, NULL, NULL);
--
insert into "webhook_attempts" ("delivery", "number", "at", "duration_ms", "status", "answer", "error") values (2, 1, 1795341671733, 8, 500, NULL, 'HTTP 500');
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (1, 'msg_54570bb092354aa494d0b6e20ba6ae52', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 1, 'email.sent', '{"type":"email.sent","created_at":"2026-11-22T10:01:11.540Z","data":{"email_id":"01a202b3-dbdf-734e-891a-dd784f0309a6","message_id":"<01a202b3-dbdf-734e-891a-dd784f0309a6@example.com>","created_at":"2026-11-22T10:01:11.393Z","from":"app@example.com","to":["told@example.net"],"subject":"About told","tags":{},"tenant_id":"acme","id":"told","account_id":"default","event_id":"1","recipients":[{"address":"told@example.net","kind":"to","status":"sent","code":250,"enhanced_code":null,"text":"OK: message queued"}],"smtp_code":250,"enhanced_code":null,"attempt":1,"metadata":{}}}', 'delivered', 0, 1, NULL, 1795341671594, 1795341671616);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (2, 'msg_39975ecb03544eaa8bb416dd9fbb484e', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 2, 'email.bounced', '{"type":"email.bounced","created_at":"2026-11-22T10:01:11.659Z","data":{"email_id":"01a202b3-dbdf-734e-891a-dd784f0309a6","message_id":"<01a202b3-dbdf-734e-891a-dd784f0309a6@example.com>","created_at":"2026-11-22T10:01:11.393Z","from":"app@example.com","to":["told@example.net"],"subject":"About told","tags":{},"bounce":{"message":"550 5.1.1 gone","type":"Permanent","subType":"NoEmail"},"tenant_id":"acme","id":"told","account_id":"default","event_id":"2","recipients":[{"address":"told@example.net","kind":"to","status":"error","code":550,"enhanced_code":"5.1.1","text":"550 5.1.1 gone"}],"smtp_code":550,"enhanced_code":"5.1.1","attempt":null,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (3, 'msg_c802d20a44024731ba03fe5358873935', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 3, 'email.sent', '{"type":"email.sent","created_at":"2026-11-22T10:01:11.682Z","data":{"email_id":"01a202b3-dcee-7078-8d47-3a6f99139f0e","message_id":"<01a202b3-dcee-7078-8d47-3a6f99139f0e@example.com>","created_at":"2026-11-22T10:01:11.663Z","from":"app@example.com","to":["sent@example.net"],"subject":"About sent","tags":{},"tenant_id":"acme","id":"sent","account_id":"default","event_id":"3","recipients":[{"address":"sent@example.net","kind":"to","status":"sent","code":250,"enhanced_code":null,"text":"OK: message queued"}],"smtp_code":250,"enhanced_code":null,"attempt":1,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (4, 'msg_4d5b708f21c04eb2b71df9e49507867d', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 4, 'email.failed', '{"type":"email.failed","created_at":"2026-11-22T10:01:11.682Z","data":{"email_id":"01a202b3-dcf3-76f9-8667-e4864610d655","message_id":"<01a202b3-dcf3-76f9-8667-e4864610d655@example.com>","created_at":"2026-11-22T10:01:11.668Z","from":"app@example.com","to":["refused@example.net"],"subject":"About refused","tags":{},"failed":{"reason":"550 5.1.1 no such user"},"tenant_id":"acme","id":"refused","account_id":"default","event_id":"4","recipients":[{"address":"refused@example.net","kind":"to","status":"error","code":550,"enhanced_code":"5.1.1","text":"no such user"}],"smtp_code":550,"enhanced_code":"5.1.1","attempt":1,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (5, 'msg_f064871db4244696b1261e55bf1d2bb9', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 5, 'email.delivery_delayed', '{"type":"email.delivery_delayed","created_at":"2026-11-22T10:01:11.697Z","data":{"email_id":"01a202b3-dcff-739c-8df2-97d1f2f1aaae","message_id":"<01a202b3-dcff-739c-8df2-97d1f2f1aaae@example.com>","created_at":"2026-11-22T10:01:11.680Z","from":"app@example.com","to":["later@example.net"],"subject":"About later","tags":{},"delivery_delayed":{"reason":"451 4.2.1 not now","until":"2026-11-22T10:02:13.000Z"},"tenant_id":"acme","id":"later","account_id":"default","event_id":"5","recipients":[{"address":"later@example.net","kind":"to","status":"pending","code":451,"enhanced_code":"4.2.1","text":"not now"}],"smtp_code":451,"enhanced_code":"4.2.1","attempt":1,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (6, 'msg_92231320447b4e239f28c527822f1049', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 6, 'email.delivery_delayed', '{"type":"email.delivery_delayed","created_at":"2026-11-22T10:01:11.697Z","data":{"email_id":"01a202b3-dd05-7528-a847-1d5e73a29d3e","message_id":"<01a202b3-dd05-7528-a847-1d5e73a29d3e@example.com>","created_at":"2026-11-22T10:01:11.686Z","from":"app@example.com","to":["half@example.net","later@example.net"],"subject":"About half","tags":{},"delivery_delayed":{"reason":"451 4.2.1 not now","until":"2026-11-22T10:02:16.000Z"},"tenant_id":"acme","id":"half","account_id":"default","event_id":"6","recipients":[{"address":"half@example.net","kind":"to","status":"sent","code":250,"enhanced_code":null,"text":"OK: message queued"},{"address":"later@example.net","kind":"to","status":"pending","code":451,"enhanced_code":"4.2.1","text":"not now"}],"smtp_code":451,"enhanced_code":"4.2.1","attempt":1,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_deliveries" ("seq", "id", "webhook", "event", "type", "payload", "state", "aside", "attempts", "next_at", "created_at", "delivered_at") values (7, 'msg_6765a586e9cc4b8db85ad0bcf223c5af', '99618ab5-dc53-4e4b-9d6c-071e737e3512', 7, 'email.suppressed', '{"type":"email.suppressed","created_at":"2026-11-22T10:01:11.699Z","data":{"email_id":"01a202b3-dd0c-75df-8b70-328e1e0decb0","message_id":"<01a202b3-dd0c-75df-8b70-328e1e0decb0@example.com>","created_at":"2026-11-22T10:01:11.692Z","from":"app@example.com","to":["gone@example.net"],"subject":"About suppressed","tags":{},"suppressed":{"message":"every recipient is on the suppression list","type":"OnAccountSuppressionList"},"tenant_id":"acme","id":"suppressed","account_id":"default","event_id":"7","recipients":[{"address":"gone@example.net","kind":"to","status":"error","code":null,"enhanced_code":null,"text":"suppressed"}],"smtp_code":null,"enhanced_code":null,"attempt":0,"metadata":{}}}', 'pending', 0, 1, 1795341676741, 1795341671715, NULL);
--
insert into "webhook_feed" ("id", "event") values (1, 7);
--
insert into "webhooks" ("id", "tenant_id", "url", "events", "secret", "secret_previous", "secret_previous_until", "secret_rotated_at", "status", "disabled_reason", "disabled_at", "public_only", "failing_since", "failures", "token", "lease_until", "created_at", "updated_at") values ('99618ab5-dc53-4e4b-9d6c-071e737e3512', 'acme', 'http://127.0.0.1:45080/hook', NULL, 'ENC:2ni3+AJtp1HKfS8tg/jcw0QW4t5P5E640fKphSxeqjcNwRnwO0h0/Ec2lneTBMx2JVWPx9UKjRQoaR8NNZ2FOk8odbz0maEMqUA8uQGI', NULL, NULL, NULL, 'enabled', NULL, NULL, 0, 1795341671741, 1, NULL, 1795341672741, 1795341671382, 1795341671382);
--
CREATE UNIQUE INDEX `accounts_id` ON `accounts` (`tenant_id`,`id`) WHERE deleted_at is null;
--
CREATE INDEX `accounts_tenant` ON `accounts` (`tenant_id`);
--
CREATE INDEX `command_log_at` ON `command_log` (`at`);
--
CREATE INDEX `events_message` ON `events` (`message`);
--
CREATE INDEX `events_unreported` ON `events` (`tenant_id`,`report_at`) WHERE report_at is not null;
--
CREATE UNIQUE INDEX `messages_id` ON `messages` (`tenant_id`,`id`);
--
CREATE UNIQUE INDEX `messages_pk` ON `messages` (`pk`);
--
CREATE INDEX `messages_ready` ON `messages` (`account_key`,`priority`,`seq`) WHERE state = 'ready';
--
CREATE INDEX `messages_sending` ON `messages` (`account_key`) WHERE state = 'sending';
--
CREATE INDEX `messages_held` ON `messages` (`tenant_id`) WHERE state = 'held';
--
CREATE INDEX `messages_live` ON `messages` (`wake_at`) WHERE state in ('scheduled', 'ready', 'held', 'sending');
--
CREATE INDEX `messages_finished` ON `messages` (`wake_at`) WHERE state in ('sent', 'error', 'canceled');
--
CREATE UNIQUE INDEX `tenants_api_key` ON `tenants` (`api_key_hash`) WHERE api_key_hash is not null;
--
CREATE INDEX `messages_tenant` ON `messages` (`tenant_id`,`seq`);
--
CREATE INDEX `messages_failed` ON `messages` (`state`) WHERE state = 'error' or state = 'canceled';
--
CREATE INDEX `arrivals_at` ON `arrivals` (`arrived_at`);
--
CREATE UNIQUE INDEX `files_message` ON `files` (`pk`,`position`);
--
CREATE INDEX `files_tenant` ON `files` (`tenant_id`);
--
CREATE INDEX `files_expires` ON `files` (`expires_at`) WHERE expires_at is not null;
--
CREATE INDEX `message_ids_message` ON `message_ids` (`message`);
--
CREATE INDEX `pec_waits_due` ON `pec_waits` (`due_at`);
--
CREATE UNIQUE INDEX `suppressions_address` ON `suppressions` (`tenant_id`,`address`);
--
CREATE INDEX `suppressions_tenant` ON `suppressions` (`tenant_id`,`seq`);
--
CREATE INDEX `suppressions_expires` ON `suppressions` (`expires_at`) WHERE expires_at is not null;
--
CREATE INDEX `accounts_mailboxes` ON `accounts` (`key`) WHERE is_pec_account = 1 and imap_host is not null and deleted_at is null;
--
CREATE INDEX `idempotency_keys_expires` ON `idempotency_keys` (`expires_at`);
--
CREATE UNIQUE INDEX `webhook_deliveries_id` ON `webhook_deliveries` (`id`);
--
CREATE UNIQUE INDEX `webhook_deliveries_event` ON `webhook_deliveries` (`webhook`,`event`) WHERE event is not null;
--
CREATE INDEX `webhook_deliveries_webhook` ON `webhook_deliveries` (`webhook`,`seq`);
--
CREATE INDEX `webhook_deliveries_state` ON `webhook_deliveries` (`webhook`,`state`,`seq`,`aside`);
--
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`webhook`,`aside`,`next_at`) WHERE state = 'pending';
--
CREATE INDEX `webhook_deliveries_created` ON `webhook_deliveries` (`created_at`);
--
CREATE INDEX `webhooks_tenant` ON `webhooks` (`tenant_id`);
--
CREATE TRIGGER `directory_tenant_added` AFTER INSERT ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_tenant_changed` AFTER UPDATE OF `id`, `active`, `api_key_hash`, `api_key_expires_at` ON `tenants`
WHEN old.`id` IS NOT new.`id` OR old.`active` IS NOT new.`active` OR old.`api_key_hash` IS NOT new.`api_key_hash` OR old.`api_key_expires_at` IS NOT new.`api_key_expires_at`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_tenant_removed` AFTER DELETE ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_account_added` AFTER INSERT ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_account_changed` AFTER UPDATE OF `tenant_id`, `id`, `host`, `from_address`, `priority`, `deleted_at` ON `accounts`
WHEN old.`tenant_id` IS NOT new.`tenant_id` OR old.`id` IS NOT new.`id` OR old.`host` IS NOT new.`host` OR old.`from_address` IS NOT new.`from_address` OR old.`priority` IS NOT new.`priority` OR old.`deleted_at` IS NOT new.`deleted_at`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_account_removed` AFTER DELETE ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_priority_added` AFTER INSERT ON `instance` WHEN new.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_priority_changed` AFTER UPDATE ON `instance` WHEN new.`key` = 'setting.default_priority' AND old.`value` IS NOT new.`value` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_priority_removed` AFTER DELETE ON `instance` WHEN old.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_tenant_senders_changed` AFTER UPDATE OF `allowed_senders` ON `tenants`
WHEN old.`allowed_senders` IS NOT new.`allowed_senders`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
CREATE TRIGGER `directory_account_senders_changed` AFTER UPDATE OF `allowed_senders` ON `accounts`
WHEN old.`allowed_senders` IS NOT new.`allowed_senders`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--
