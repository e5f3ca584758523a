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
--> statement-breakpoint
CREATE TABLE `message_ids` (
	`message_id` text NOT NULL,
	`message` integer NOT NULL,
	PRIMARY KEY(`message_id`, `message`)
);
--> statement-breakpoint
CREATE INDEX `message_ids_message` ON `message_ids` (`message`);--> statement-breakpoint
CREATE TABLE `notices` (
	`message` integer NOT NULL,
	`origin` text NOT NULL,
	`token` integer NOT NULL,
	PRIMARY KEY(`message`, `origin`)
);
--> statement-breakpoint
CREATE TABLE `pec_waits` (
	`message` integer PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pec_waits_due` ON `pec_waits` (`due_at`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `suppressions_address` ON `suppressions` (`tenant_id`,`address`);--> statement-breakpoint
CREATE INDEX `suppressions_tenant` ON `suppressions` (`tenant_id`,`seq`);--> statement-breakpoint
CREATE INDEX `suppressions_expires` ON `suppressions` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
ALTER TABLE `accounts` ADD `imap_ssl` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `imap_tls_verify` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `imap_ca` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `imap_public_only` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `accounts_mailboxes` ON `accounts` (`key`) WHERE is_pec_account = 1 and imap_host is not null and deleted_at is null;--> statement-breakpoint
ALTER TABLE `tenants` ADD `webhook_secret_previous` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `webhook_secret_previous_until` integer;