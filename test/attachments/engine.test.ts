/** What messages that must fetch do to those that need not: nothing. And what becomes of them when the engine has other plans. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { rows } from "../../src/db/database.ts";
import { startApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { ACCOUNT, fileServer, message, startProxy } from "./support.ts";

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** Never answers until it is released. */
async function heldServer() {
  const held: (() => void)[] = [];
  const server = await fileServer(
    ({ path }) =>
      new Promise((resolve) => {
        held.push(() => resolve(path));
      }),
  );
  return { ...server, held, release: () => held.splice(0).forEach((answer) => void answer()) };
}

test("a silent host keeps waiting only the messages that need it: not those behind them, of other hosts, or of other accounts", async () => {
  const silent = await heldServer();
  const well = await fileServer(() => "x");
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "60" });
  const other = await startSmtpServer();
  await proxy.call("POST", "/account", { ...ACCOUNT, id: "other", port: other.port });
  const at = (url: string) => [{ filename: "a.txt", storage_path: url }];
  const slow = numbered("slow", 700).map((id) => ({ ...message(id), attachments: at(silent.url), priority: 0 }));
  await proxy.call("POST", "/commands/add-messages", { messages: slow, default_priority: 0 });
  await silent.asked(1);
  await proxy.send("plain", [], { account_id: "default" });
  await proxy.send("fetched", at(well.url), { account_id: "default" });
  await proxy.send("elsewhere", at(well.url), { account_id: "other" });
  for (const id of ["plain", "fetched", "elsewhere"]) await proxy.until(id, "sent");
  expect(await proxy.until("slow699", "sending")).toMatchObject({ attempts: 0 });
  // All that wait are under lease, and only some of them ask.
  expect(silent.held.length).toBeLessThan(500 / 2);
});

test("however many accounts wait for silent hosts, one whose host answers goes on", async () => {
  const silent = await heldServer();
  const well = await fileServer(() => "x");
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "60", MAX_CONCURRENT_SENDS: "20" });
  const at = (url: string) => [{ filename: "a.txt", storage_path: url }];
  await proxy.send("first", at(well.url), { account_id: "default" });
  await proxy.until("first", "sent");
  const accounts = numbered("stuck", 40);
  for (const id of accounts) await proxy.call("POST", "/account", { ...ACCOUNT, id, port: proxy.server.port });
  const messages = accounts.flatMap((account_id) =>
    numbered(`${account_id}-`, 5).map((id) => ({ ...message(id), account_id, attachments: at(silent.url) })),
  );
  await proxy.call("POST", "/commands/add-messages", { messages });
  await silent.asked(10);
  for (const id of numbered("more", 20)) await proxy.send(id, at(well.url), { account_id: "default" });
  for (const id of numbered("more", 20)) await proxy.until(id, "sent");
});

test("a stop gives back what is being fetched, at once and at no cost, and the next process sends it", async () => {
  const files = await heldServer();
  const proxy = await startProxy({ SHUTDOWN_SECONDS: "30", ATTACHMENT_TIMEOUT: "60" });
  await proxy.send("m", [{ filename: "a.txt", storage_path: files.url }]);
  await files.asked(1);
  const begin = performance.now();
  await proxy.stop();
  expect(performance.now() - begin).toBeLessThan(5_000);
  const next = await startApp({ ATTACHMENT_ALLOW: "127.0.0.1" }, proxy.folder);
  expect(await next.until("m", "sending")).toMatchObject({ attempts: 0 });
  await files.asked(2);
  files.release();
  expect(await next.until("m", "sent")).toMatchObject({ attempts: 1 });
});

test("an account that pauses gives back what is being fetched for it", async () => {
  const files = await heldServer();
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "60" });
  await proxy.call("POST", "/account", { ...ACCOUNT, id: "gone", port: 1 });
  await proxy.send("waits", [{ filename: "a.txt", storage_path: files.url }], { account_id: "gone" });
  await files.asked(1);
  await proxy.send("plain", [], { account_id: "gone" });
  const paused = async () => (await proxy.call("GET", "/account/gone")).body.state;
  while ((await paused()) !== "paused") await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await proxy.until("waits", "pending")).toMatchObject({ attempts: 0 });
});

test("what is fetched for longer than a lease stays ours", async () => {
  const files = await heldServer();
  const settings = { LEASE_SECONDS: "1", POLL_INTERVAL: "0.1", ATTACHMENT_TIMEOUT: "60" };
  const proxy = await startProxy(settings);
  await proxy.send("m", [{ filename: "a.txt", storage_path: files.url }]);
  await files.asked(1);
  const other = await startApp({ ...settings, ATTACHMENT_ALLOW: "127.0.0.1" }, proxy.folder);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  files.release();
  expect(await other.until("m", "sent")).toMatchObject({ attempts: 1 });
  expect(files.requests).toHaveLength(1);
});

test("a message that expires while its attachment is fetched is given up, not sent", async () => {
  const files = await heldServer();
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "60", POLL_INTERVAL: "0.1" });
  await proxy.send("m", [{ filename: "a.txt", storage_path: files.url }], { expires_ts: Date.now() / 1000 + 1 });
  await files.asked(1);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  files.release();
  expect(await proxy.until("m", "error")).toMatchObject({ error: "expired" });
  expect(proxy.server.messages).toEqual([]);
});

test("more content than the budget holds goes through it message by message, and one that needs more than all of it goes as well", async () => {
  const kilobytes = 48;
  const files = await fileServer(() => "x".repeat(kilobytes * 1024));
  const proxy = await startProxy({ MAX_BYTES_ATTACHMENTS: String(64 * 1024), CACHE_MEMORY_MAX_MB: "0" });
  const attachment = { filename: "a.txt", storage_path: files.url };
  const messages = numbered("m", 30).map((id) => ({ ...message(id), attachments: [attachment] }));
  await proxy.call("POST", "/commands/add-messages", { messages });
  await proxy.send("large", [attachment, { ...attachment, filename: "b.txt" }]);
  for (const id of [...numbered("m", 30), "large"]) await proxy.until(id, "sent");
  const [large] = proxy.server.messages.filter(({ wire }) => wire.includes("X-Genro-Mail-ID: large\r\n"));
  expect(large!.wire.length).toBeGreaterThan(2 * kilobytes * 1024);
});

/** Opened once, for all who wait. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}

test("a message that waits for what another one fetches keeps nothing from that one that it waits for", async () => {
  const large = "x".repeat(40_000);
  const shared = "y".repeat(40_000);
  const sharedIsAsked = gate();
  const firstIsThere = gate();
  const files = await fileServer(async ({ path }) => {
    if (path === "/shared") {
      sharedIsAsked.open();
      await firstIsThere.passed;
      return shared;
    }
    if (path === "/first") await sharedIsAsked.passed;
    else firstIsThere.open();
    return path === "/first" ? large : "small";
  });
  const proxy = await startProxy({ MAX_BYTES_ATTACHMENTS: String(64 * 1024), ATTACHMENT_CONCURRENCY: "1" });
  const at = (path: string) => ({ filename: path.slice(1), storage_path: files.url + path });
  const known = { ...at("/shared"), content_md5: createHash("md5").update(shared).digest("hex") };
  await proxy.send("elder", [at("/first"), at("/second"), known]);
  await files.asked(1);
  await proxy.send("younger", [known]);
  const [elder, younger] = await Promise.all([proxy.arrived("elder"), proxy.arrived("younger")]);
  expect([elder.length, younger.length]).toEqual([3, 1]);
});

test("an attachment's credentials are sealed where they are kept, and shown to nobody", async () => {
  const files = await fileServer(() => "x");
  const proxy = await startProxy({ SCHEDULER_ACTIVE: "false" });
  const auth = { method: "basic", user: "somebody", password: "open-sesame" };
  await proxy.send("m", [{ filename: "a.txt", storage_path: files.url, auth }]);
  const [stored] = await rows<{ content: string }>(proxy.db, "select content from payloads");
  expect(stored!.content).toContain('"auth":"ENC:');
  const shown = [
    await proxy.call("GET", "/messages?include=payload"),
    await proxy.call("GET", "/messages/m?include=payload"),
    await proxy.call("GET", "/command-log"),
  ];
  for (const text of [stored!.content, JSON.stringify(shown)]) expect(text).not.toContain("open-sesame");
  expect(JSON.stringify(shown)).not.toContain("ENC:");
});

test("the defaults of the contract: 30 s, three at once, 25 MiB", () => {
  expect(readConfig({})).toMatchObject({
    attachmentTimeout: 30,
    attachmentConcurrency: 3,
    maxAttachmentBytes: 25 * 1024 * 1024,
  });
});
