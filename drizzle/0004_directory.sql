CREATE TABLE `directory` (
	`revision` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `directory` (`revision`) VALUES (1);
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_added` AFTER INSERT ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_changed` AFTER UPDATE OF `id`, `active`, `api_key_hash`, `api_key_expires_at` ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_tenant_removed` AFTER DELETE ON `tenants` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_added` AFTER INSERT ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_changed` AFTER UPDATE OF `tenant_id`, `id`, `host`, `from_address`, `priority`, `deleted_at` ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_account_removed` AFTER DELETE ON `accounts` BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_added` AFTER INSERT ON `instance` WHEN new.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_changed` AFTER UPDATE ON `instance` WHEN new.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
--> statement-breakpoint
CREATE TRIGGER `directory_priority_removed` AFTER DELETE ON `instance` WHEN old.`key` = 'setting.default_priority' BEGIN UPDATE `directory` SET `revision` = `revision` + 1; END;
