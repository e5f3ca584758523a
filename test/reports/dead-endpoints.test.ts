/** Every way in which an endpoint can be dead, each with a tenant of its own: none of them delays the one that is well. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { testDatabase } from "../support/database.ts";
import {
  addEvents,
  addTenant,
  endpoint,
  type ReceivedCall,
  reporter,
  type TestReporter,
  unreported,
} from "./support.ts";

const NO_POLL = { pollIntervalMs: 3_600_000 };
const BACKLOG = 3;
const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));

async function listening(server: Server, scheme = "http"): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a server says to whoever has said something. */
function speaking(say: (socket: Socket) => void): Promise<string> {
  return listening(createServer((socket) => socket.once("data", () => say(socket))));
}

const DEAD: Record<string, () => Promise<string>> = {
  "refuses connections": async () => "http://127.0.0.1:1",
  "has a name that nobody knows": async () => "http://nowhere.invalid",
  "takes the call and says nothing": async () => (await endpoint(() => null)).url,
  "says 500": async () => (await endpoint(() => ({ status: 500 }))).url,
  "redirects to itself": async () =>
    (await endpoint(() => ({ status: 307, headers: { location: "/mail-proxy/sync" } }))).url,
  "sends its body drop by drop": async () => {
    const { url } = await endpoint(async (_call, _n, response) => {
      response.writeHead(200, { "content-length": "1000000" });
      while (!response.destroyed) {
        response.write(" ");
        await pause(100);
      }
      return null;
    });
    return url;
  },
  "has a certificate that nobody trusts": () => {
    return listening(createTlsServer({ key: pem("localhost.key"), cert: pem("localhost") }), "https");
  },
  "speaks no TLS where it should": async () => (await endpoint()).url.replace("http:", "https:"),
  "hangs up": () => speaking((socket) => socket.destroy()),
  "sends headers without end": () => {
    return speaking((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(`x-more: ${"x".repeat(1_000)}\r\n`));
      };
      socket.write("HTTP/1.1 200 OK\r\n");
      socket.on("drain", more);
      more();
    });
  },
};

/** Tenants whose endpoints are dead, with events that wait for them. */
async function withDead(db: Database): Promise<string[]> {
  for (const [id, begin] of Object.entries(DEAD)) {
    await addTenant(db, id, { url: await begin() });
    await addEvents(db, id, BACKLOG);
  }
  return Object.keys(DEAD);
}

/** How long after an event a healthy endpoint has it. */
function healthyEndpoint() {
  const heard = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const note = ({ reports }: ReceivedCall) => {
    for (const { event_id } of reports) {
      heard.set(event_id, performance.now());
      waiting.get(event_id)?.(performance.now());
    }
    return {};
  };
  const at = async (id: string) => heard.get(id) ?? (await new Promise<number>((resolve) => waiting.set(id, resolve)));
  return { note, at };
}

async function tellOne(db: Database, one: TestReporter, at: (id: string) => Promise<number>, prefix: string) {
  const [id] = await addEvents(db, "healthy", 1, { prefix });
  const startedAt = performance.now();
  one.wake("healthy");
  return (await at(id!)) - startedAt;
}

/** What waits for a dead endpoint takes 20 s; a busy machine may take a second too long once. */
async function expectQuick(times: number, tell: (n: number) => Promise<number>): Promise<void> {
  const took: number[] = [];
  for (let n = 0; n < times; n++) took.push(await tell(n));
  took.sort((a, b) => a - b);
  expect(took[Math.floor(times / 2)]).toBeLessThan(1_000);
  expect(took.at(-1)).toBeLessThan(5_000);
}

const failedCalls = ({ seen }: TestReporter) => seen.filter(({ kind }) => kind === "failed").length;

test("ten tenants with dead endpoints and a backlog, one healthy: it is told within a second, again and again", async () => {
  const db = await testDatabase();
  const dead = await withDead(db);
  expect(dead).toHaveLength(10);
  const { note, at } = healthyEndpoint();
  await addTenant(db, "healthy", { url: (await endpoint(note)).url });
  const one = reporter(db, NO_POLL);
  one.start();
  await expectQuick(20, (n) => tellOne(db, one, at, `news${n}-`));
  // Eight of the ten fail at once, and two are still being waited for: all of that went on meanwhile.
  await expect.poll(() => failedCalls(one)).toBeGreaterThanOrEqual(8);
  await expect.poll(() => unreported(db)).toBe(dead.length * BACKLOG);
});

test("also while others have thousands of events to be told", async () => {
  const db = await testDatabase();
  await withDead(db);
  const busy = await endpoint();
  for (const id of ["busy1", "busy2", "busy3"]) {
    await addTenant(db, id, { url: busy.url });
    await addEvents(db, id, 2_000);
  }
  const { note, at } = healthyEndpoint();
  await addTenant(db, "healthy", { url: (await endpoint(note)).url });
  const one = reporter(db, NO_POLL);
  one.start();
  await busy.called(1);
  await expectQuick(10, (n) => tellOne(db, one, at, `news${n}-`));
  await expect.poll(() => new Set(busy.eventIds()).size, { timeout: 15_000 }).toBe(6_000);
});

test("a single pass, such as a cron's, tells the healthy one at once, though it waits for the dead", async () => {
  const db = await testDatabase();
  const dead = await withDead(db);
  const { note, at } = healthyEndpoint();
  await addTenant(db, "healthy", { url: (await endpoint(note)).url });
  const [id] = await addEvents(db, "healthy", 1);
  const one = reporter(db, NO_POLL);
  const startedAt = performance.now();
  const passing = one.tick({ tenants: dead.length + 1, until: Date.now() + 10_000 });
  expect((await at(id!)) - startedAt).toBeLessThan(5_000);
  await one.stop(0);
  await passing;
});

test("a pass that can afford a few calls makes them to those who answer", async () => {
  const db = await testDatabase();
  const dead = await withDead(db);
  const { note, at } = healthyEndpoint();
  await addTenant(db, "healthy", { url: (await endpoint(note)).url });
  const first = reporter(db, NO_POLL);
  const passing = first.tick({ tenants: dead.length + 1, until: Date.now() + 10_000 });
  await first.saw((event) => event.kind === "answered");
  await first.stop(0);
  await passing;

  const [id] = await addEvents(db, "healthy", 1, { at: Date.now() }); // behind all that waits for the dead
  await reporter(db, NO_POLL).tick({ tenants: 1, until: Date.now() + 10_000 });
  expect(await at(id!)).toBeGreaterThan(0);
});
