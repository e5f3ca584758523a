/** The tables that hold parts of a message, each by its `seq` in column `message`: they go when it goes. */
export const PARTS_OF_MESSAGE = ["payloads", "events", "notices", "pec_waits", "message_ids"] as const;
