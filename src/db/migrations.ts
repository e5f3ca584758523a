/** The migrations of drizzle/, in order, embedded in every build; a test holds this list against drizzle's journal. */
import init from "../../drizzle/0000_init.sql" with { type: "text" };
import recipients from "../../drizzle/0001_recipients.sql" with { type: "text" };
import backlog from "../../drizzle/0002_backlog.sql" with { type: "text" };
import arrivals from "../../drizzle/0003_arrivals.sql" with { type: "text" };
import directory from "../../drizzle/0004_directory.sql" with { type: "text" };
import attachments from "../../drizzle/0005_attachments.sql" with { type: "text" };
import bounces from "../../drizzle/0006_bounces.sql" with { type: "text" };
import dropIn from "../../drizzle/0007_drop_in.sql" with { type: "text" };
import seeIt from "../../drizzle/0008_see_it.sql" with { type: "text" };

export const migrations: readonly { name: string; sql: string }[] = [
  { name: "0000_init", sql: init },
  { name: "0001_recipients", sql: recipients },
  { name: "0002_backlog", sql: backlog },
  { name: "0003_arrivals", sql: arrivals },
  { name: "0004_directory", sql: directory },
  { name: "0005_attachments", sql: attachments },
  { name: "0006_bounces", sql: bounces },
  { name: "0007_drop_in", sql: dropIn },
  { name: "0008_see_it", sql: seeIt },
];
