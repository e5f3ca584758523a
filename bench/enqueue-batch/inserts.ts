/** What an application without us would do: a table with the usual indexes, and multi-row inserts, a commit each. */
import { createClient } from "@libsql/client";
import { answerAll, required, tell } from "../answering.ts";
import { letter } from "../letters.ts";
import { benchConfig } from "../proxy.ts";

const { databaseUrl, synchronous } = benchConfig(required("database"));
const client = createClient({ url: databaseUrl, concurrency: 1 });
await client.execute("pragma journal_mode = wal");
await client.execute(`pragma synchronous = ${synchronous}`);
await client.executeMultiple(`
  create table messages (
    id integer primary key,
    tenant text not null,
    name text not null,
    state text not null,
    due_at integer not null,
    created_at integer not null,
    content text not null
  );
  create unique index messages_name on messages (tenant, name);
  create index messages_due on messages (state, due_at);`);

const COLUMNS = "tenant, name, state, due_at, created_at, content";
let next = 0;

function rows(count: number) {
  const now = Date.now();
  return Array.from({ length: count }, () => {
    const n = next++;
    return ["bench", `m${n}`, "ready", now, now, JSON.stringify(letter(n))];
  });
}

tell({});
await answerAll(async ({ messages, batch }: { messages: number; batch: number }) => {
  const sql = `insert into messages (${COLUMNS}) values ${Array(batch).fill("(?, ?, ?, ?, ?, ?)").join(", ")}`;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let done = 0; done < messages; done += batch) await client.execute({ sql, args: rows(batch).flat() });
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1000, cpuMicros: user + system };
});
client.close();
