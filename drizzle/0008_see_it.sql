CREATE TABLE `rollups` (
	`tenant_id` text NOT NULL,
	`minute` integer NOT NULL,
	`account_id` text NOT NULL,
	`sent` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	`deferred` integer DEFAULT 0 NOT NULL,
	`rate_limited` integer DEFAULT 0 NOT NULL,
	`bounced` integer DEFAULT 0 NOT NULL,
	`complained` integer DEFAULT 0 NOT NULL,
	`wait_0` integer DEFAULT 0 NOT NULL,
	`wait_1` integer DEFAULT 0 NOT NULL,
	`wait_2` integer DEFAULT 0 NOT NULL,
	`wait_3` integer DEFAULT 0 NOT NULL,
	`wait_4` integer DEFAULT 0 NOT NULL,
	`wait_5` integer DEFAULT 0 NOT NULL,
	`wait_6` integer DEFAULT 0 NOT NULL,
	`wait_7` integer DEFAULT 0 NOT NULL,
	`wait_8` integer DEFAULT 0 NOT NULL,
	`wait_9` integer DEFAULT 0 NOT NULL,
	`wait_10` integer DEFAULT 0 NOT NULL,
	`wait_11` integer DEFAULT 0 NOT NULL,
	`wait_12` integer DEFAULT 0 NOT NULL,
	`wait_13` integer DEFAULT 0 NOT NULL,
	`wait_14` integer DEFAULT 0 NOT NULL,
	`wait_15` integer DEFAULT 0 NOT NULL,
	`wait_16` integer DEFAULT 0 NOT NULL,
	`wait_17` integer DEFAULT 0 NOT NULL,
	`wait_18` integer DEFAULT 0 NOT NULL,
	`wait_19` integer DEFAULT 0 NOT NULL,
	`wait_20` integer DEFAULT 0 NOT NULL,
	`wait_21` integer DEFAULT 0 NOT NULL,
	`wait_22` integer DEFAULT 0 NOT NULL,
	`wait_23` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`tenant_id`, `minute`, `account_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `rollups_minute` ON `rollups` (`minute`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `sessions_expires` ON `sessions` (`expires_at`);--> statement-breakpoint
ALTER TABLE `messages` ADD `request_id` text;