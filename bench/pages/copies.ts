/** Rows copied many times over with all that belongs to them; moments go back with them, evenly over a week. */
import { batch, type Database, rows } from "../../src/db/database.ts";
import { kindOf } from "../../src/queue/backlog.ts";

const WEEK_MS = 604_800_000;
/** Of the copies in one transaction. */
const CHUNK = 500;
/** One message in so many has its events with it. */
const WITH_EVENTS = 10;

/** How a column of a copy differs from its template's `t`; `n` is the number of the copy, `:copies` how many there are. */
type Changes = Record<string, string>;

const BACK = `cast(${WEEK_MS} * (1 - (n - 1.0) / :copies) as integer)`;
const LAST = "(select max(seq) from templates)";
const UUID = `printf('%s-%s-7%s-8%s-%s', lower(hex(randomblob(4))), lower(hex(randomblob(2))), substr(lower(hex(randomblob(2))), 2),
  substr(lower(hex(randomblob(2))), 2), lower(hex(randomblob(6))))`;

const MESSAGES: Changes = {
  seq: `t.seq + n * ${LAST}`,
  pk: UUID,
  id: "t.id || '-' || n",
  created_at: `t.created_at - ${BACK}`,
  smtp_at: `t.smtp_at - ${BACK}`,
  finished_at: `t.finished_at - ${BACK}`,
};
const PAYLOADS: Changes = { message: `t.message + n * ${LAST}` };
const EVENTS: Changes = {
  id: "null",
  message: `t.message + n * ${LAST}`,
  at: `t.at - ${BACK}`,
  report_at: "null",
};

/** All messages that are there, so many times more. */
export async function copyMessages(db: Database, copies: number): Promise<void> {
  await rows(db, "create table templates as select seq from messages");
  const firstEvents = "(select max(id) from events)";
  const [limit] = await rows<{ id: number }>(db, `select ${firstEvents} as id`);
  const messages = await copying(db, "messages", MESSAGES, "t.seq in (select seq from templates)");
  const payloads = await copying(db, "payloads", PAYLOADS, "t.message in (select seq from templates)");
  const events = await copying(db, "events", EVENTS, `t.id <= ${limit?.id ?? 0} and n % ${WITH_EVENTS} = 0`);
  for (let from = 1; from <= copies; from += CHUNK) {
    const args = { from, to: Math.min(from + CHUNK - 1, copies), copies };
    const statements = [messages, payloads, events].map((sql) => ({ sql, args }));
    await batch(db, statements);
  }
  await rows(db, "drop table templates");
  await batch(db, [
    { sql: "delete from backlog", args: {} },
    {
      sql: `insert into backlog (tenant_id, kind, count)
        select tenant_id, ${kindOf("state")} as kind, count(*) from messages where kind is not null group by 1, 2`,
      args: {},
    },
  ]);
}

/** SQL: the copies `:from` to `:to` of a table's rows. */
export async function copying(db: Database, table: string, changes: Changes, where: string): Promise<string> {
  const columns = await rows<{ name: string }>(db, `select name from pragma_table_info('${table}')`);
  const names = columns.map(({ name }) => name);
  return `
    with recursive numbers (n) as (select :from union all select n + 1 from numbers where n < :to)
    insert into ${table} (${names.join(", ")})
    select ${names.map((name) => changes[name] ?? `t.${name}`).join(", ")} from numbers cross join ${table} t where ${where}`;
}
