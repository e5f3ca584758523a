/** Large files on Workers: into an R2 binding, out of it through the Worker, and away with the cron. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import PostalMime from "postal-mime";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { ADMIN_TOKEN, ENCRYPTION_KEY, startApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { startSqld } from "../support/sqld.ts";
import { fetchWrangler } from "../support/wrangler.ts";

const WORKER = fileURLToPath(new URL("../../src/runtimes/worker.ts", import.meta.url));
const FIRST_START_MS = 300_000;
const SIZE = 3 * 1024 * 1024;

/** The project's Worker with a bucket bound to it. */
function configured(folder: string): string {
  const path = join(folder, "wrangler.json");
  const rules = [{ type: "Text", globs: ["**/*.sql"], fallthrough: false }];
  const r2_buckets = [{ binding: "FILES", bucket_name: "files" }];
  writeFileSync(
    path,
    JSON.stringify({ name: "proxy", main: WORKER, compatibility_date: "2026-11-01", rules, r2_buckets }),
  );
  return path;
}

test("a large attachment goes into the bucket, is read through its link, and swept by the cron", {
  timeout: FIRST_START_MS,
}, async ({ skip }) => {
  const database = await startSqld();
  if ("unavailable" in database) return skip(database.unavailable);
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const server = await startSmtpServer();
  // The same code in this process migrates, sets up, and does not send.
  const { call, db } = await startApp({ DATABASE_URL: database.url, SCHEDULER_ACTIVE: "false" });
  const large_file_config = { enabled: true, action: "rewrite", max_size_mb: 1, storage_url: "r2://FILES/mail" };
  await call("POST", "/tenant", { id: "shop", large_file_config });
  await call("POST", "/account", {
    id: "default",
    tenant_id: "shop",
    host: "127.0.0.1",
    port: server.port,
    use_tls: false,
  });

  const folder = temporaryFolder();
  const { url, end } = await start(join(folder, "state"), ["--config", configured(folder), "--test-scheduled"], {
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
    MAIL_PROXY_API_TOKEN: ADMIN_TOKEN,
    MAIL_PROXY_ENCRYPTION_KEY: ENCRYPTION_KEY,
    MAIL_PROXY_DATABASE_URL: database.url,
    MAIL_PROXY_PUBLIC_URL: "https://mail.example.com",
  });
  onTestFinished(async () => void (await end("SIGTERM")));
  const content = Buffer.alloc(SIZE, "0123456789");
  const attachments = [{ filename: "large.pdf", storage_path: `base64:${content.toString("base64")}` }];
  const message = {
    id: "m",
    tenant_id: "shop",
    from: "a@example.com",
    to: ["b@example.com"],
    subject: "s",
    body: "Hello",
    attachments,
  };
  const added = await fetch(`${url}/commands/add-messages`, {
    method: "POST",
    headers: { "X-API-Token": ADMIN_TOKEN, "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [message] }),
  });
  expect(await added.json()).toMatchObject({ queued: 1 });
  await server.until(() => server.messages.length > 0);

  const { text, attachments: left } = await PostalMime.parse(server.messages[0]!.wire);
  expect(left).toEqual([]);
  const [link] = /https:\/\/mail\.example\.com\/files\/\S+/.exec(text!)!;
  const here = `${url}${new URL(link).pathname}`;
  expect(Buffer.from(await (await fetch(here)).arrayBuffer()).equals(content)).toBe(true);
  const part = await fetch(here, { headers: { Range: "bytes=10-12" } });
  expect([part.status, await part.text()]).toEqual([206, "012"]);
  expect(await rows(db, "select downloads from files")).toEqual([{ downloads: 1 }]);

  await rows(db, "update files set expires_at = 0");
  expect((await fetch(here)).status).toBe(410);
  await rows(db, "create table kept as select * from files");
  expect((await fetch(`${url}/__scheduled?cron=*+*+*+*+*`)).status).toBe(200);
  expect(await rows(db, "select 1 from files")).toEqual([]);
  // With its row back it is not in the bucket either.
  await rows(db, "insert into files select * from kept");
  await rows(db, "update files set expires_at = null");
  expect(await (await fetch(here)).json()).toMatchObject({ error: "the file is no longer where it was stored" });
});
