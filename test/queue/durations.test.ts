/** Histograms that every process adds to, and that any of them shows. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { WAIT_COLUMNS } from "../../src/db/rollups.ts";
import { BOUNDS, Durations, readHistograms } from "../../src/queue/durations.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

async function sends(folder: string) {
  const [histogram] = await readHistograms(await openTestDatabase(folder));
  return histogram!;
}

test("what was counted stands in every bucket that it fits, and in none below", async () => {
  const folder = temporaryFolder();
  const durations = new Durations(await testDatabase(folder));
  for (const ms of [0, 5, 6, 1_000, 400_000]) durations.observe("mail_proxy_send_seconds", ms);
  await durations.flush();
  const { buckets, sumSeconds } = await sends(folder);
  const at = (seconds: number) => buckets.find((bucket) => bucket.seconds === seconds)?.count;
  expect([0.005, 0.01, 0.5, 1, 300, Number.POSITIVE_INFINITY].map(at)).toEqual([2, 3, 3, 4, 4, 5]);
  expect(buckets).toHaveLength(BOUNDS.length + 1);
  expect(sumSeconds).toBe(401.011);
});

test("processes add to one total, each what it counted, once", async () => {
  const folder = temporaryFolder();
  await testDatabase(folder);
  const processes = await Promise.all([1, 2, 3].map(async () => new Durations(await openTestDatabase(folder))));
  for (const one of processes) one.observe("mail_proxy_send_seconds", 20);
  await Promise.all(processes.map((one) => one.stop()));
  await processes[0]!.flush();
  expect((await sends(folder)).buckets.at(-1)?.count).toBe(3);
});

test("a database that refuses gets what was counted the next time", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const durations = new Durations(db);
  durations.observe("mail_proxy_send_seconds", 20);
  await db.client.execute("alter table counters rename to away");
  await durations.flush();
  await db.client.execute("alter table away rename to counters");
  await durations.flush();
  expect((await sends(folder)).buckets.at(-1)?.count).toBe(1);
});

test("a sent message and its report are in the metrics at once, and still after a restart", async () => {
  const server = await startSmtpServer({});
  const folder = temporaryFolder();
  const app = await startApp({}, folder);
  await app.call("POST", "/tenant", { id: "acme" });
  const account = { id: "default", tenant_id: "acme", host: "127.0.0.1", port: server.port, use_tls: false };
  await app.call("POST", "/account", account);
  const message = { id: "m", from: "app@example.com", to: "a@example.net", subject: "Hello", body: "Hi" };
  await app.call("POST", "/commands/add-messages", { messages: [message] });
  await app.until("m", "sent");
  const counted = "mail_proxy_send_seconds_count 1\n";
  expect(await metrics(app)).toContain(counted);
  await app.stop();
  const next = await metrics(await startApp({}, folder));
  expect(next).toContain(counted);
  expect(next).toMatch(/^mail_proxy_send_seconds_bucket\{le="\+Inf"\} 1$/m);
  expect(next).toMatch(/^mail_proxy_connections 0$/m);
  expect(next).toMatch(/^mail_proxy_delivery_seconds_count 1$/m);
  expect(await rows(await openTestDatabase(folder), WAITED)).toEqual([{ sent: 1, waited: 1 }]);
});

const WAITED = `
  select sent, ${WAIT_COLUMNS.join(" + ")} as waited from rollups where tenant_id = ''`;

async function metrics({ app }: TestApp): Promise<string> {
  const headers = { "X-API-Token": "admin-token-of-the-tests" };
  return (await app.fetch(new Request("http://proxy.test/metrics", { headers }))).text();
}
