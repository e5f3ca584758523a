/** What a service asks of its database thread, in a process of Bun: prints what became of it. */
import { openFile, openForService } from "../../src/runtimes/database.ts";

const address = { url: `file:${process.argv[2]}`, token: undefined, synchronous: "NORMAL" as const };
const client = await openForService(address);
const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error));
const long = '"quoted\\ text"\n'.repeat(1_000);

await client.execute("create table t (n integer primary key, text text)");
const inserted = await Promise.all(
  Array.from({ length: 50 }, (_, n) =>
    client.batch(
      [{ sql: "insert into t values (:n, :text)", args: { n, text: n % 2 ? long : '{"long":0}' } }],
      "write",
    ),
  ),
);
const { rows } = await client.execute("select count(*) as n, count(distinct text) as texts, max(text) as last from t");
const wrong = await client.execute("insert into t values (1, 'again')").catch(codeOf);
const after = (await client.execute("select 1 as one")).rows[0]?.one;

const other = await openFile(address);
const lock = other.batch(["insert into t values (100, 'lock')"], "write");
await lock;
const pending = client.execute("update t set text = 'x' where n = 1").then(() => "done", codeOf);
client.close();
const late = await client.execute("select 1").catch(codeOf);
other.close();
console.log(
  JSON.stringify({
    inserted: inserted.length,
    counted: [rows[0]?.n, rows[0]?.texts],
    whole: rows[0]?.last === '{"long":0}' || rows[0]?.last === long,
    wrong,
    after,
    pending: await pending,
    late,
  }),
);
