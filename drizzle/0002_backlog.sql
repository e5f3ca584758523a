CREATE TABLE `backlog` (
	`tenant_id` text NOT NULL,
	`kind` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `kind`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `backlog` (`tenant_id`, `kind`, `count`)
	SELECT tenant_id, CASE state WHEN 'ready' THEN 'active' WHEN 'sending' THEN 'active' ELSE state END, count(*)
	FROM `messages` WHERE state IN ('scheduled', 'ready', 'held', 'sending') GROUP BY 1, 2;
--> statement-breakpoint
CREATE INDEX `messages_tenant` ON `messages` (`tenant_id`,`seq`);--> statement-breakpoint
CREATE INDEX `messages_failed` ON `messages` (`state`) WHERE state = 'error' or state = 'canceled';
