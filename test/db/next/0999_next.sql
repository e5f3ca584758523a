ALTER TABLE `messages` ADD `thread_id` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `sensitivity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `region` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `warm_up_days` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `server` text;--> statement-breakpoint
ALTER TABLE `events` ADD `severity` text DEFAULT 'info' NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `contact` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `plan` text DEFAULT 'free' NOT NULL;--> statement-breakpoint
CREATE TABLE `threads` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`last_at` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `threads_tenant` ON `threads` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `messages_thread` ON `messages` (`thread_id`) WHERE thread_id is not null;--> statement-breakpoint
CREATE INDEX `messages_due` ON `messages` (`state`,`wake_at`,`priority`);--> statement-breakpoint
CREATE TRIGGER `messages_thread_seen` AFTER INSERT ON `messages` WHEN new.`thread_id` IS NOT NULL BEGIN UPDATE `threads` SET `last_at` = new.`created_at` WHERE `id` = new.`thread_id`; END;--> statement-breakpoint
INSERT INTO `threads` (`id`, `tenant_id`) VALUES ('none', 'none');
