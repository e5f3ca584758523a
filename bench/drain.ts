/** How fast a queue is drained, composed, settled and its events written, against worker-mailer alone on the same messages. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 as uuid } from "uuid";
import { WorkerMailer } from "worker-mailer";
import { readConfig } from "../src/config.ts";
import { database, rows } from "../src/db/database.ts";
import { migrate } from "../src/db/migrate.ts";
import { Dispatcher } from "../src/dispatch/dispatcher.ts";
import { enqueue } from "../src/queue/enqueue.ts";
import type { NewMessage } from "../src/queue/message.ts";
import { openDatabase } from "../src/runtimes/database.ts";
import { generateKey, openVault } from "../src/security/vault.ts";

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 20_000);
const CONNECTIONS = 8;
const TEXT = "A message of ordinary length.\n".repeat(20);

const sink = spawn(process.execPath, [join(import.meta.dirname, "sink.ts")], { stdio: ["ignore", "pipe", "inherit"] });
const port = Number(await new Promise<string>((resolve) => sink.stdout.once("data", (data) => resolve(String(data)))));
const folder = mkdtempSync(join(tmpdir(), "mail-proxy-bench-"));
try {
  const ours = await drain();
  const theirs = await workerMailer();
  console.log(`drain: ${rate(ours)} messages/s`);
  console.log(`worker-mailer alone: ${rate(theirs)} messages/s`);
  console.log(`ratio: ${(theirs / ours).toFixed(2)} (goal 2.5)`);
} finally {
  sink.kill();
  rmSync(folder, { recursive: true });
}

function rate(seconds: number): number {
  return Math.round(MESSAGES / seconds);
}

async function drain(): Promise<number> {
  const client = await openDatabase({
    url: `file:${join(folder, "queue.db")}`,
    token: undefined,
    synchronous: "NORMAL",
  });
  const db = database(client);
  await migrate(db, Date.now());
  await rows(db, "insert into tenants (id, created_at, updated_at) values ('t', 0, 0)");
  await rows(
    db,
    "insert into accounts (tenant_id, id, host, port, tls, created_at, updated_at) values ('t', 'a', '127.0.0.1', :port, 'none', 0, 0)",
    { port },
  );
  const now = Date.now();
  for (let start = 0; start < MESSAGES; start += 1_000) {
    await enqueue(
      db,
      Array.from({ length: 1_000 }, (_, n) => message(start + n, now)),
      now,
    );
  }
  const config = readConfig({
    MAIL_PROXY_MAX_CONNECTIONS: String(CONNECTIONS),
    MAIL_PROXY_BATCH_SIZE_PER_ACCOUNT: process.env.BENCH_BATCH ?? "200",
  });
  const dispatcher = new Dispatcher({
    config,
    db,
    vault: await openVault(generateKey()),
    ports: {
      now: Date.now,
      nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
      openDatabase,
      resolve: undefined,
      hostName: "bench.example.com",
      sandbox: undefined,
    },
    report: () => undefined,
  });
  const begin = performance.now();
  dispatcher.start();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [total] = await rows<{ value: number }>(db, "select value from counters where name = 'gmp_sent_total'");
    if (total?.value === MESSAGES) break;
  }
  const seconds = (performance.now() - begin) / 1000;
  await dispatcher.stop(1_000);
  client.close();
  return seconds;
}

function message(n: number, now: number): NewMessage {
  return {
    pk: uuid(),
    tenantId: "t",
    id: `m${n}`,
    accountKey: 1,
    priority: 2,
    batchCode: null,
    dueAt: now,
    expiresAt: now + 86_400_000,
    content: { from: "app@example.com", to: [`user${n}@example.net`], subject: `Subject ${n}`, text: TEXT },
    recipients: [{ kind: "to", address: `user${n}@example.net` }],
  };
}

async function workerMailer(): Promise<number> {
  const options = { host: "127.0.0.1", port, secure: false, startTls: false, logLevel: 4 };
  const mailers = await Promise.all(Array.from({ length: CONNECTIONS }, () => WorkerMailer.connect(options)));
  const begin = performance.now();
  let next = 0;
  await Promise.all(
    mailers.map(async (mailer) => {
      while (next < MESSAGES) {
        const n = next++;
        await mailer.send({ from: "app@example.com", to: `user${n}@example.net`, subject: `Subject ${n}`, text: TEXT });
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  await Promise.all(mailers.map((mailer) => mailer.close()));
  return seconds;
}
