/** What else piles up: figures of each minute of a week, commands, lines of webhooks, suppression lists. */
import { batch, type Database } from "../../src/db/database.ts";
import { copying } from "./copies.ts";

const MINUTES = 10_080;
const ROWS = 20_000;

export async function addHistory(db: Database): Promise<void> {
  const commands = await copying(
    db,
    "command_log",
    { id: "null" },
    "t.id in (select id from command_log order by id limit 5)",
  );
  const suppressions = await copying(
    db,
    "suppressions",
    { seq: "null", address: "n || t.address", spelled: "null" },
    "t.seq in (select min(seq) from suppressions group by tenant_id)",
  );
  const deliveries = await copying(
    db,
    "webhook_deliveries",
    { seq: "null", id: "t.id || n", event: "null", state: "'failed'" },
    "t.seq in (select min(seq) from webhook_deliveries group by webhook)",
  );
  const figures = await copying(
    db,
    "rollups",
    { minute: "t.minute - n" },
    "t.minute = (select max(minute) from rollups)",
  );
  const some = { from: 1, to: ROWS, copies: ROWS };
  await batch(db, [
    ...[commands, suppressions, deliveries].map((sql) => ({ sql, args: some })),
    { sql: "delete from rollups where minute < (select max(minute) from rollups)", args: {} },
    { sql: figures, args: { from: 1, to: MINUTES, copies: MINUTES } },
  ]);
}
