CREATE TABLE `arrivals` (
	`hash` text PRIMARY KEY NOT NULL,
	`mail_from` text NOT NULL,
	`rcpt_to` text NOT NULL,
	`raw` text NOT NULL,
	`arrived_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `arrivals_at` ON `arrivals` (`arrived_at`);