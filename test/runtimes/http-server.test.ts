/** What `serve` promises on every runtime that listens by itself: a process of each, spoken to over raw sockets. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { Client, head, type RawAnswer } from "../api/listener.ts";
import { BUN } from "../support/programs.ts";
import { RUNTIMES } from "./runtimes.ts";

const SOURCE = fileURLToPath(new URL("./http-server.ts", import.meta.url));
const MIB = 1024 * 1024;
/** Far more than two sockets and a server keep of what nobody reads. */
const ENDLESS_MIB = 256;
/** Takes the words of a program after it; each of the runtimes opens about thirty files before it listens. */
const WITH_FEW_FILES = ["bash", "-c", 'ulimit -n 60 && exec "$0" "$@"'];
const TOO_MANY = 150;
/** Who takes nothing for so long is held to take nothing more. */
const SILENCE_MS = 500;

let script: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-http-"));
  script = join(folder, "http-server.mjs");
  await promisify(execFile)(BUN, ["build", "--target", "node", "--outfile", script, SOURCE]);
  return () => rmSync(folder, { recursive: true });
});

interface Server {
  port: number;
  url: string;
  /** Answers the exit code. */
  stop(): Promise<number | null>;
}

/** A server that listens, or what it says instead. It ends with the test. */
async function launch([command = "", ...words]: string[], env: Record<string, string>): Promise<Server | string> {
  const child = spawn(command, [...words, script], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  if (!line.startsWith("{")) return line.trim();
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    return child.exitCode;
  };
  return { ...(JSON.parse(line) as { port: number; url: string }), stop };
}

function open(port: number, ...sent: string[]): Client {
  const client = new Client(port);
  for (const piece of sent) client.send(piece);
  return client;
}

/** Undefined where the connection ended without an answer. */
function ask(port: number, ...sent: string[]): Promise<RawAnswer | undefined> {
  return open(port, ...sent).answer();
}

const bare = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: proxy.test\r\n\r\n`;
const sized = (path: string, bytes: number) => head("POST", path, { "Content-Length": String(bytes) });
const chunked = (path: string) => head("POST", path, { "Transfer-Encoding": "chunked" });

async function stateOf(port: number): Promise<unknown> {
  return (await ask(port, bare("GET", "/state")))?.body;
}

/** Sends until the other side takes no more; answers how much it took. */
async function flood(client: Client): Promise<number> {
  const piece = Buffer.alloc(MIB);
  for (let mib = 0; mib < ENDLESS_MIB; mib++) {
    if (client.send(piece)) continue;
    const silence = new Promise<"silence">((resolve) => setTimeout(() => resolve("silence"), SILENCE_MS));
    if ((await Promise.race([client.ready(), silence])) === "silence") return mib;
  }
  return ENDLESS_MIB;
}

describe.each([{ name: "Bun", command: async () => [BUN] }, ...RUNTIMES])("on $name", ({ name, command }) => {
  let words: string[] | undefined;
  beforeAll(async () => {
    words = await command();
  });

  async function attempt(
    { skip }: TestContext,
    env: Record<string, string>,
    before: string[] = [],
  ): Promise<Server | string> {
    return words === undefined ? skip(`${name} cannot be had on this machine`) : launch([...before, ...words], env);
  }

  async function started(
    context: TestContext,
    env: Record<string, string> = {},
    before: string[] = [],
  ): Promise<Server> {
    const server = await attempt(context, env, before);
    if (typeof server === "string") throw new Error(server);
    return server;
  }

  test("it says where it listens, and a second one there is refused in a sentence", async (context) => {
    const { port, url } = await started(context);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/state`)).status).toBe(200);
    expect(await attempt(context, { PORT: String(port) })).toBe(
      `ListenError: port ${port} is in use; choose another with --port or MAIL_PROXY_PORT`,
    );
  });

  test("a body that nobody reads holds its sender up, and is answered all the same", async (context) => {
    const { port } = await started(context);
    const client = open(port, sized("/hold", ENDLESS_MIB * MIB));
    expect(await flood(client)).toBeLessThan(ENDLESS_MIB / 4);
    await ask(port, bare("POST", "/release"));
    expect((await client.answer())?.body).toEqual({ held: true });
  });

  test("a body can be answered before its end", async (context) => {
    const { port } = await started(context);
    const answer = await ask(port, sized("/late", MIB), "{");
    expect(answer?.status).toBe(408);
    expect(answer?.headers.get("connection")).toBe("close");
  });

  test("a client that goes away in the middle of its body is noticed", async (context) => {
    const { port } = await started(context);
    const client = open(port, sized("/read", MIB), "{");
    await expect.poll(() => stateOf(port)).toEqual({ reading: 1, failed: 0 });
    client.close();
    await expect.poll(() => stateOf(port)).toEqual({ reading: 0, failed: 1 });
  });

  test("a Host that names none is the application's to refuse, and never a part of the path", async (context) => {
    const { port } = await started(context);
    for (const host of ["a b<>", "\\\\", "[::1", "host:port", "a/state?"]) {
      const answer = await ask(port, head("GET", "/nowhere", { Host: host }));
      expect(answer, host).toMatchObject({ status: 400, body: { host: null } });
    }
    for (const host of ["proxy.test", "proxy.test:80", "127.0.0.1", "[::1]:8080"])
      expect(await ask(port, head("GET", "/state", { Host: host })), host).toMatchObject({ status: 200 });
  });

  test("a request without a length has no body, and one in chunks has", async (context) => {
    const { port } = await started(context);
    expect((await ask(port, bare("POST", "/body")))?.body).toEqual({ none: true });
    expect((await ask(port, chunked("/body"), "0\r\n\r\n"))?.body).toEqual({ none: false });
    expect((await ask(port, chunked("/read"), "3\r\nabc\r\n0\r\n\r\n"))?.body).toEqual({ bytes: 3 });
  });

  test("a body beyond the limit, or of a length that is not told, is refused before it is read", async (context) => {
    const { port } = await started(context, { MAX_BODY_BYTES: "3" });
    expect((await ask(port, sized("/read", 3), "abc"))?.body).toEqual({ bytes: 3 });
    expect((await ask(port, sized("/read", 4)))?.status).toBe(413);
    expect((await ask(port, chunked("/read")))?.status).toBe(411);
    expect((await ask(port, bare("POST", "/body")))?.body).toEqual({ none: true });
  });

  test("a stop waits for the request under way, and for no connection without one", async (context) => {
    const { port, stop } = await started(context);
    open(port);
    const idle = open(port, bare("GET", "/state"));
    await idle.answer();
    const busy = open(port, sized("/read", 7), "half");
    await expect.poll(() => stateOf(port)).toEqual({ reading: 1, failed: 0 });
    const stopped = stop();
    await expect.poll(async () => (await ask(port, bare("GET", "/state")))?.status ?? 503).toBe(503);
    busy.send("own");
    expect((await busy.answer())?.body).toEqual({ bytes: 7 });
    expect(await stopped).toBe(0);
    await expect.poll(() => idle.isClosed).toBe(true);
  });

  test("what outlives the grace of a stop is cut off", async (context) => {
    const { port, stop } = await started(context, { GRACE_MS: "100" });
    const busy = open(port, sized("/read", 7), "half");
    await expect.poll(() => stateOf(port)).toEqual({ reading: 1, failed: 0 });
    expect(await stop()).toBe(0);
    expect(await busy.answer()).toBeUndefined();
  });

  test.skipIf(process.platform === "win32")("more connections than it may have open do not end it", async (context) => {
    const { port } = await started(context, {}, WITH_FEW_FILES);
    const clients = Array.from({ length: TOO_MANY }, () => open(port, bare("GET", "/state")));
    await Promise.race(clients.map((client) => client.answer()));
    for (const client of clients) client.close();
    await expect.poll(async () => (await ask(port, bare("GET", "/state")))?.status, { timeout: 5_000 }).toBe(200);
  });
});
