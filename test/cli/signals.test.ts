import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { expect, onTestFinished, test } from "vitest";
import { commandLineWithInstance } from "./program.ts";

/** An SMTP server that takes connections and never says a word. */
async function silentServer() {
  const server = createServer((socket) => socket.on("error", () => socket.destroy())).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** An instance that is in the middle of a delivery. */
async function busyProxy(environment: Record<string, string> = {}) {
  const { server, port } = await silentServer();
  const connected = once(server, "connection");
  const { home, run, start } = commandLineWithInstance(environment);
  await run("one", "tenants", "add", "a");
  await run("one", "a", "accounts", "add", "main", "--host", "127.0.0.1", "--port", String(port), "--no-tls");
  const token = (await run("one", "token", "--regenerate")).stdout.trim();
  const proxy = start("start", "one", "--port", "0");
  const [, url = ""] = await proxy.printed(/is ready: (\S+)/);
  const call = (path: string, body: object = {}) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "X-API-Token": token, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const add = (...ids: string[]) => call("/commands/add-messages", { messages: ids.map(mail) });
  await add("1");
  await connected;
  return { ...proxy, add, call, home, run, token, url };
}

const mail = (id: string) => ({ id, from: "a@example.com", to: "b@example.com", subject: "s", body: "b" });

test("a stop waits for what is in flight no longer than it was told, and gives the message back", async () => {
  const proxy = await busyProxy({ MAIL_PROXY_SHUTDOWN_SECONDS: "0.2" });
  proxy.child.kill("SIGTERM");
  expect((await proxy.ended).code).toBe(0);
  const [message] = JSON.parse((await proxy.run("one", "a", "messages", "list", "--json")).stdout);
  expect(message.status).not.toBe("sending");
});

test("a second signal ends the process at once, though a delivery hangs", async () => {
  const proxy = await busyProxy();
  const impatience = setInterval(() => proxy.child.kill("SIGTERM"), 100);
  onTestFinished(() => clearInterval(impatience));
  const before = performance.now();
  expect((await proxy.ended).code).toBe(1);
  expect(performance.now() - before).toBeLessThan(10_000); // SHUTDOWN_SECONDS is 30
});

/** What a stop takes beyond SHUTDOWN_SECONDS at most, and something for a slow machine. */
const CLOSING_MS = 5_000 + 3_000;

async function stop(proxy: Awaited<ReturnType<typeof busyProxy>>): Promise<number | null> {
  const before = performance.now();
  proxy.child.kill("SIGTERM");
  const { code } = await proxy.ended;
  expect(performance.now() - before).toBeLessThan(CLOSING_MS);
  return code;
}

const BRIEFLY = { MAIL_PROXY_SHUTDOWN_SECONDS: "0.2" };

test("a stop under full load gives all leases back", async () => {
  const proxy = await busyProxy({ ...BRIEFLY, MAIL_PROXY_BATCH_SIZE_PER_ACCOUNT: "1000" });
  for (const batch of ["a", "b", "c"]) await proxy.add(...Array.from({ length: 1_000 }, (_, n) => `${batch}${n}`));
  expect(await stop(proxy)).toBe(0);
  const { stdout } = await proxy.run("one", "stats", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ sending: 0 });
});

test("a client that never finishes its request does not keep the process", async () => {
  const proxy = await busyProxy(BRIEFLY);
  const client = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  onTestFinished(() => void client.destroy());
  client.on("error", () => client.destroy());
  const head = ["POST /commands/add-messages HTTP/1.1", "Host: x", `X-API-Token: ${proxy.token}`];
  client.write([...head, "Content-Type: application/json", "Content-Length: 1000", "", "{"].join("\r\n"));
  await once(client, "connect");
  expect(await stop(proxy)).toBe(0);
});

test("a report endpoint that hangs does not keep the process", async () => {
  const { server, port } = await silentServer();
  const called = once(server, "connection");
  const proxy = await busyProxy(BRIEFLY);
  await proxy.call("/tenant", { id: "a", client_base_url: `http://127.0.0.1:${port}` });
  await proxy.call("/commands/run-now?tenant_id=a");
  await called;
  expect(await stop(proxy)).toBe(0);
});

test("a database that somebody else has locked does not keep the process", async () => {
  const proxy = await busyProxy(BRIEFLY);
  const other = createClient({ url: `file:${join(proxy.home, "one", "queue.db")}` });
  const lock = await other.transaction("write");
  expect(await stop(proxy)).toBe(1);
  await lock.rollback();
  other.close();
  // Its lease could not be given back: the next process has it when that is over.
  const [message] = JSON.parse((await proxy.run("one", "a", "messages", "list", "--json")).stdout);
  expect(message.status).toBe("sending");
});
