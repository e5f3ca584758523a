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
--> statement-breakpoint
CREATE UNIQUE INDEX `files_message` ON `files` (`pk`,`position`);--> statement-breakpoint
CREATE INDEX `files_tenant` ON `files` (`tenant_id`);--> statement-breakpoint
CREATE INDEX `files_expires` ON `files` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
ALTER TABLE `tenants` ADD `stores` text;