/** SMTP submission in the compiled binary: what a 250 is worth when the process dies, and what floods cost the others. */
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { plain, TENANT, Wire } from "./support.ts";

const TIMEOUT_MS = 120_000;

interface Running {
  proxy: ProxyProcess;
  port: number;
  key: string;
}

/** What comes in stays in the queue. */
const WAITING = { SCHEDULER_ACTIVE: "false" };

async function start(settings: Record<string, string> = {}): Promise<Running & { home: string; port: number }> {
  const home = temporaryFolder();
  const port = await freePort();
  const proxy = startProxy(binaryUnderTest(), home, { ...WAITING, SMTP_PORT: String(port), ...settings });
  await proxy.call("POST", "/tenant", { id: TENANT });
  await proxy.call("POST", "/account", { id: "default", tenant_id: TENANT, host: "smtp.example.com", port: 25 });
  const { body } = await proxy.call("POST", `/tenant/${TENANT}/api-key`, {});
  return { proxy, home, port, key: String(body.api_key) };
}

/** Undefined where the server is not there to greet. */
async function loggedIn({ port, key }: Running): Promise<Wire | undefined> {
  const wire = Wire.to({ port, host: "127.0.0.1" });
  if (!(await wire.reply()).startsWith("220")) return undefined;
  expect(await wire.says("EHLO client.test", `AUTH PLAIN ${plain(TENANT, key)}`)).toMatch(/^235 /);
  return wire;
}

function letter(id: string, body = "Hello.\r\n"): string {
  return `From: ann@shop.example\r\nMessage-ID: <${id}@shop.example>\r\n\r\n${body}.\r\n`;
}

test("every mail that was answered 250 is in the queue after a kill", { timeout: TIMEOUT_MS }, async () => {
  const running = await start();
  const settings = { ...WAITING, SMTP_PORT: String(running.port) };
  const acknowledged = new Set<string>();
  let { proxy } = running;
  for (let round = 0; round < 3; round++) {
    const enough = acknowledged.size + 150 * (round + 1);
    let killed: Promise<void> | undefined;
    const clients = Array.from({ length: 8 }, async (_, client) => {
      const wire = await loggedIn(running);
      for (let n = 0; wire !== undefined; n++) {
        const reply = await wire.sends(letter(`${round}-${client}-${n}`));
        if (!reply.startsWith("250")) return;
        acknowledged.add(reply.slice(reply.lastIndexOf(" ") + 1));
        if (acknowledged.size === enough) killed = proxy.kill();
      }
    });
    await Promise.all(clients);
    await killed;
    proxy = startProxy(binaryUnderTest(), running.home, settings);
    await proxy.ready;
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(900);
  const kept = new Set(await idsOf(proxy));
  expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([]);
});

async function idsOf(proxy: ProxyProcess): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await proxy.call("GET", `/messages?tenant_id=${TENANT}&limit=500${cursor}`);
    ids.push(...(body.messages as { id: string }[]).map(({ id }) => id));
    if (!body.next_cursor) return ids;
    cursor = `&cursor=${encodeURIComponent(String(body.next_cursor))}`;
  }
}

const LARGE_BYTES = 20 * 1024 * 1024;
const MIB = 1024 * 1024;

test("fifty mails of 20 MB at once stay within the memory that there is: some are taken, the others are for later", {
  timeout: TIMEOUT_MS,
}, async () => {
  const running = await start();
  const { proxy } = running;
  const before = peakBytes(proxy);
  const body = `${"x".repeat(998)}\r\n`.repeat(LARGE_BYTES / 1_000);
  const replies = await Promise.all(
    Array.from({ length: 50 }, async (_, n) =>
      (await loggedIn(running))?.sends(Buffer.from(letter(`large-${n}`, body))),
    ),
  );
  const taken = replies.filter((reply) => reply?.startsWith("250 2.0.0 "));
  expect(taken.length).toBeGreaterThan(0);
  expect(replies.filter((reply) => !taken.includes(reply) && !reply?.startsWith("452 4.3.1 "))).toEqual([]);
  expect(await idsOf(proxy)).toHaveLength(taken.length);
  const grownBytes = peakBytes(proxy) - before;
  // 50 mails are 1,000 MiB, of which 64 may be in memory before they are encoded, handed over and stored.
  expect(grownBytes / MIB).toBeLessThan(600);
  expect((await proxy.call("GET", "/health")).status).toBe(200);
});

test("who floods a connection with commands, or the port with connections, does not keep HTTP waiting", {
  timeout: TIMEOUT_MS,
}, async () => {
  const running = await start({ SMTP_MAX_FAILED_LOGINS: "1000" });
  const watch = watchHealth(running.proxy);
  let floods = true;
  const flood = Array.from({ length: 40 }, async (_, n) => {
    while (floods) {
      const wire = Wire.to({ port: running.port, host: "127.0.0.1" });
      await wire.reply();
      await wire.write(n % 2 === 0 ? "NOOP\r\n".repeat(10_000) : `EHLO ${"x".repeat(250)}\r\n`.repeat(9));
      await wire.reply();
      wire.end();
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // for so long
  floods = false;
  await Promise.all(flood);
  const slowestMs = await watch.stop();
  expect(slowestMs).toBeLessThan(1_000);
  expect(await (await loggedIn(running))?.sends(letter("after"))).toMatch(/^250 /);
});

/** Asks again and again; answers the longest that an answer took. */
function watchHealth(proxy: ProxyProcess): { stop(): Promise<number> } {
  let watches = true;
  const watching = (async () => {
    let slowestMs = 0;
    while (watches) {
      const asked = performance.now();
      expect((await proxy.call("GET", "/health")).status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return slowestMs;
  })();
  onTestFinished(() => {
    watches = false;
  });
  return {
    stop() {
      watches = false;
      return watching;
    },
  };
}

/** The most that the process has had in memory; 0 where the system does not tell. */
function peakBytes({ pid }: ProxyProcess): number {
  if (process.platform !== "linux") return 0;
  const [, kib = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}
