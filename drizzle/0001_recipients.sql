ALTER TABLE `messages` ADD `recipients` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
UPDATE `messages` SET `recipients` = (
	SELECT ifnull(json_group_array(CASE
		WHEN status = 'pending' AND text IS NULL THEN json_array(kind, address)
		ELSE json_array(kind, address, status, code, enhanced_code, text) END), '[]')
	FROM (SELECT * FROM `recipients` r WHERE r.message = `messages`.seq ORDER BY r.position)
);--> statement-breakpoint
UPDATE `events` SET `data` = json_set(`data`, '$.recipients', json((
	SELECT json_group_array(json_array(
		ifnull((SELECT r.kind FROM `recipients` r WHERE r.message = `events`.message AND r.address = t.value->>'address'), 'to'),
		t.value->>'address', t.value->>'status', t.value->>'code', t.value->>'enhanced_code', t.value->>'text'))
	FROM json_each(`events`.`data`, '$.recipients') t
))) WHERE json_type(`data`, '$.recipients') = 'array';--> statement-breakpoint
DROP TABLE `recipients`;
