/** The migrations of drizzle/, in order, embedded in every build; a test holds this list against drizzle's journal. */
import init from "../../drizzle/0000_init.sql" with { type: "text" };

export const migrations: readonly { name: string; sql: string }[] = [{ name: "0000_init", sql: init }];
