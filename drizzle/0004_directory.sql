CREATE TABLE `directory` (
	`revision` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `directory` (`revision`) VALUES (1);
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_added` AFTER INSERT ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_changed` AFTER UPDATE OF `id`, `active`, `api_key_hash`, `api_key_expires_at` ON `tenants`
WHEN old.`id` IS NOT new.`id` OR old.`active` IS NOT new.`active` OR old.`api_key_hash` IS NOT new.`api_key_hash` OR old.`api_key_expires_at` IS NOT new.`api_key_expires_at`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_removed` AFTER DELETE ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_added` AFTER INSERT ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_changed` AFTER UPDATE OF `tenant_id`, `id`, `host`, `from_address`, `priority`, `deleted_at` ON `accounts`
WHEN old.`tenant_id` IS NOT new.`tenant_id` OR old.`id` IS NOT new.`id` OR old.`host` IS NOT new.`host` OR old.`from_address` IS NOT new.`from_address` OR old.`priority` IS NOT new.`priority` OR old.`deleted_at` IS NOT new.`deleted_at`
BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_removed` AFTER DELETE ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_added` AFTER INSERT ON `instance` WHEN new.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_changed` AFTER UPDATE ON `instance` WHEN new.`key` = 'setting.default_priority' AND old.`value` IS NOT new.`value` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_removed` AFTER DELETE ON `instance` WHEN old.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
