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
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_id` ON `accounts` (`tenant_id`,`id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `accounts_tenant` ON `accounts` (`tenant_id`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `command_log_at` ON `command_log` (`at`);--> statement-breakpoint
CREATE TABLE `counters` (
	`name` text NOT NULL,
	`tenant_id` text NOT NULL,
	`account_id` text NOT NULL,
	`value` integer NOT NULL,
	PRIMARY KEY(`name`, `tenant_id`, `account_id`)
) WITHOUT ROWID;
--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `events_message` ON `events` (`message`);--> statement-breakpoint
CREATE INDEX `events_unreported` ON `events` (`tenant_id`,`report_at`) WHERE report_at is not null;--> statement-breakpoint
CREATE TABLE `grants` (
	`account_key` integer NOT NULL,
	`at` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`account_key`, `at`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `instance` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
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
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_id` ON `messages` (`tenant_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `messages_pk` ON `messages` (`pk`);--> statement-breakpoint
CREATE INDEX `messages_ready` ON `messages` (`account_key`,`priority`,`seq`) WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX `messages_sending` ON `messages` (`account_key`) WHERE state = 'sending';--> statement-breakpoint
CREATE INDEX `messages_held` ON `messages` (`tenant_id`) WHERE state = 'held';--> statement-breakpoint
CREATE INDEX `messages_live` ON `messages` (`wake_at`) WHERE state in ('scheduled', 'ready', 'held', 'sending');--> statement-breakpoint
CREATE INDEX `messages_finished` ON `messages` (`wake_at`) WHERE state in ('sent', 'error', 'canceled');--> statement-breakpoint
CREATE TABLE `payloads` (
	`message` integer PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`content` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `recipients` (
	`message` integer NOT NULL,
	`position` integer NOT NULL,
	`kind` text NOT NULL,
	`address` text NOT NULL,
	`status` text DEFAULT 'pending' NOT NULL,
	`code` integer,
	`enhanced_code` text,
	`text` text,
	PRIMARY KEY(`message`, `position`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `suspensions` (
	`tenant_id` text NOT NULL,
	`batch_code` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `batch_code`)
) WITHOUT ROWID;
--> statement-breakpoint
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
--> statement-breakpoint
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
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_api_key` ON `tenants` (`api_key_hash`) WHERE api_key_hash is not null;