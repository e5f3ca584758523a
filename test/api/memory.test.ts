/** Clients that send much, slowly or for ever: what the server keeps of it is bounded, and others are served. */
import { setImmediate } from "node:timers/promises";
import Driver from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { Client, head, type Listener, type RawAnswer, startListener } from "./listener.ts";
import { message } from "./support.ts";

const MIB = 1024 * 1024;
const ADD = "/commands/add-messages";

/** Far below what all of the tested clients send together. */
const ROOM = { MAX_BYTES_INCOMING: String(8 * MIB) };

async function withTenant(settings: Record<string, string>): Promise<{ server: Listener; key: string }> {
  const server = await startListener(settings);
  await server.call("POST", "/tenant", { id: "acme" });
  await server.call("POST", "/account", { id: "default", tenant_id: "acme", host: "smtp.example.com" });
  const { body } = await server.call("POST", "/tenant/acme/api-key", {});
  return { server, key: String(body.api_key) };
}

/** Nobody else writes until it is let go. */
function lock(path: string): () => void {
  const driver = new Driver(path);
  driver.exec("begin immediate");
  let held = true;
  const release = () => {
    if (held) driver.exec("rollback");
    if (held) driver.close();
    held = false;
  };
  onTestFinished(release);
  return release;
}

test("while the database is locked, what does not fit into memory is sent away at once, and what was let in is kept", async () => {
  const { server, key } = await withTenant(ROOM);
  expect((await server.call("POST", ADD, { messages: [message("first")] }, key)).status).toBe(200);
  const before = server.residentMiB();
  const release = lock(server.database);

  const clients = Array.from({ length: 150 }, () => new Client(server.port));
  clients.forEach((client, n) => {
    const body = JSON.stringify({ messages: [message(`m-${n}`, { body: "x".repeat(MIB) })] });
    client.send(head("POST", ADD, { "Content-Length": String(body.length) }, key) + body);
  });
  const answers: RawAnswer[] = [];
  for (const client of clients) void client.answer().then((answer) => answer !== undefined && answers.push(answer));
  await expect.poll(() => answers.length, { timeout: 15_000 }).toBeGreaterThan(130);
  expect(server.residentMiB() - before).toBeLessThan(150);

  release();
  await expect.poll(() => answers.length, { timeout: 15_000 }).toBe(clients.length);
  for (const { status, headers, body } of answers.filter((answer) => answer.status !== 200)) {
    expect([status, body.code]).toEqual([503, "overloaded"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  const accepted = answers.filter(({ status }) => status === 200).length;
  expect(accepted).toBeGreaterThan(0);
  const { body } = await server.call("GET", "/messages?limit=500", undefined, key);
  expect(body.messages).toHaveLength(accepted + 1);
  expect((await server.call("POST", ADD, { messages: [message("last")] }, key)).status).toBe(200);
});

test("a caller with many slow bodies leaves room for the others", async () => {
  const { server, key } = await withTenant(ROOM);
  const slow = Array.from({ length: 40 }, () => new Client(server.port));
  for (const client of slow) client.send(`${head("POST", ADD, { "Content-Length": String(MIB) }, key)}{"messages": [`);
  const refused: (RawAnswer | undefined)[] = [];
  for (const client of slow) void client.answer().then((answer) => refused.push(answer));
  await expect.poll(() => refused.length, { timeout: 15_000 }).toBeGreaterThan(30);
  expect(new Set(refused.map((answer) => answer?.body.code))).toEqual(new Set(["overloaded"]));
  const large = { messages: [message("large", { body: "x".repeat(MIB) })] };
  expect((await server.call("POST", ADD, large, key)).status).toBe(503);
  expect((await server.call("POST", ADD, large)).status).toBe(200);

  for (const client of slow) client.close();
  const again = async () => (await server.call("POST", ADD, large, key)).status;
  await expect.poll(again, { timeout: 15_000 }).toBe(200);
});

/** Sends pieces until the other side has answered; answers how many bytes that took. */
async function pour(client: Client, piece: string, most: number): Promise<number> {
  let done = false;
  void client.answer().then(() => {
    done = true;
  });
  let sent = 0;
  for (; !done && sent < most; sent += piece.length) {
    if (!client.send(piece)) await client.ready();
    await setImmediate(); // what the kernel takes at once drains without a turn in which the answer could be heard
  }
  return sent;
}

test("a body that never ends is refused at its limit, whoever sends it", async () => {
  const { server, key } = await withTenant({ ...ROOM, MAX_BODY_BYTES: String(MIB) });
  const before = server.residentMiB();
  const piece = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const clients = Array.from({ length: 6 }, () => new Client(server.port));
  await Promise.all(
    clients.map(async (client) => {
      client.send(head("POST", ADD, { "Transfer-Encoding": "chunked" }, key));
      expect(await pour(client, piece, 64 * MIB)).toBeLessThan(64 * MIB);
      const answer = await client.answer();
      expect(["payload_too_large", "overloaded"]).toContain(answer?.body.code);
    }),
  );
  expect(server.residentMiB() - before).toBeLessThan(60);
});

test.each([
  ["larger than any", "POST", ADD, "wrong", 401],
  ["larger than any, with a token", "POST", ADD, undefined, 413],
  ["that nobody asked for", "GET", "/health", undefined, 200],
])("of a body %s nothing is kept", async (_, method, path, token, status) => {
  const server = await startListener();
  const before = server.residentMiB();
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const client = new Client(server.port);
      client.send(head(method, path, { "Content-Length": String(2 ** 40) }, token));
      await pour(client, "x".repeat(0x10000), 8 * MIB);
      expect((await client.answer())?.status).toBe(status);
    }),
  );
  expect(server.residentMiB() - before).toBeLessThan(40);
});
