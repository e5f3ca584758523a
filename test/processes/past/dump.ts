/** A database as SQL that makes it anew. */
import type { Client } from "@libsql/client";

/** Between two statements, since a trigger has semicolons of its own. */
const END = ";\n--\n";

export async function dump(client: Client): Promise<string> {
  const { rows: things } = await client.execute(
    `select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%' and name not like 'libsql_%'
     order by type = 'trigger', type = 'index', rowid`,
  );
  const tables = things.filter(({ type }) => type === "table");
  const filled = await Promise.all(tables.map(({ name }) => inserts(client, String(name))));
  const made = (late: boolean) =>
    things.filter(({ type }) => (type === "trigger" || type === "index") === late).map(({ sql }) => String(sql));
  // What triggers keep is in the tables already.
  return [...made(false), ...filled.flat(), ...made(true)].map((statement) => statement + END).join("");
}

async function inserts(client: Client, table: string): Promise<string[]> {
  const { rows: columns } = await client.execute(`select name from pragma_table_info('${table}')`);
  const names = columns.map(({ name }) => `"${name}"`);
  const quoted = names.map((name) => `quote(${name})`).join(" || ', ' || ");
  const { rows } = await client.execute(`select ${quoted} as line from "${table}"`);
  return rows.map(({ line }) => `insert into "${table}" (${names.join(", ")}) values (${line})`);
}
