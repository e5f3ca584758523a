import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { commandLineWithInstance } from "./program.ts";

/** An SMTP server that takes connections and never says a word. */
async function silentServer() {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** An instance that is in the middle of a delivery. */
async function busyProxy(environment: Record<string, string> = {}) {
  const { server, port } = await silentServer();
  const connected = once(server, "connection");
  const { run, start } = commandLineWithInstance(environment);
  await run("one", "tenants", "add", "a");
  await run("one", "a", "accounts", "add", "main", "--host", "127.0.0.1", "--port", String(port), "--no-tls");
  const { stdout: token } = await run("one", "token", "--regenerate");
  const proxy = start("start", "one", "--port", "0");
  const [, url] = await proxy.printed(/is ready: (\S+)/);
  await fetch(`${url}/commands/add-messages`, {
    method: "POST",
    headers: { "X-API-Token": token.trim(), "Content-Type": "application/json" },
    body: JSON.stringify({
      messages: [{ id: "1", from: "a@example.com", to: "b@example.com", subject: "s", body: "b" }],
    }),
  });
  await connected;
  return { ...proxy, run };
}

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
