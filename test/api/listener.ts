/** The proxy as it is served: a Bun process of its own on a free port, spoken to over raw sockets. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";
import { checkAnswer } from "./declared.ts";

const ADMIN_TOKEN = "admin-token-of-the-tests";

export interface Listener {
  port: number;
  /** Where its queue is. */
  database: string;
  /** Memory that it has in RAM, in MiB. */
  residentMiB(): number;
  /** A call on a connection of its own; answers as soon as the answer is there. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<RawAnswer>;
}

export interface RawAnswer {
  status: number;
  /** Header names in lower case. */
  headers: Map<string, string>;
  /** What JSON it holds; an empty object where it holds none. */
  body: Record<string, unknown>;
}

/** Settings by their names without `MAIL_PROXY_`. It ends with the test. */
export async function startListener(settings: Record<string, string> = {}): Promise<Listener> {
  const home = temporaryFolder();
  const database = join(home, "queue.db");
  const named = Object.entries({
    API_TOKEN: ADMIN_TOKEN,
    ENCRYPTION_KEY: "22".repeat(32),
    DATABASE_URL: `file:${database}`,
    SCHEDULER_ACTIVE: "false",
    PORT: "0",
    ...settings,
  }).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
  const env = { PATH: process.env.PATH ?? "", HOME: home, ...Object.fromEntries(named) };
  const child = spawn(binaryUnderTest(), ["serve"], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  let said = "";
  const port = await new Promise<number>((resolve, reject) => {
    const hear = (text: string) => {
      said += text;
      const found = /is ready: \S+:(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    gone.then(() => reject(new Error(`the proxy ended before it was ready: ${said}`)), reject);
  });
  return {
    port,
    database,
    residentMiB: () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })) / 1024,
    async call(method, path, body, token = ADMIN_TOKEN) {
      const text = body === undefined ? "" : JSON.stringify(body);
      const client = new Client(port);
      client.send(head(method, path, { "Content-Length": String(Buffer.byteLength(text)) }, token) + text);
      const answer = await client.answer();
      client.close();
      if (answer === undefined) throw new Error(`no answer to ${method} ${path}`);
      const { status, headers } = answer;
      checkAnswer(method, path, new Response(null, { status, headers: [...headers] }), JSON.stringify(answer.body));
      return answer;
    },
  };
}

/** A request's head as it goes over the wire. */
export function head(method: string, path: string, headers: Record<string, string> = {}, token = ADMIN_TOKEN): string {
  const all = { Host: "proxy.test", "X-API-Token": token, "Content-Type": "application/json", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** One connection, of which the first answer counts. */
export class Client {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #received = Buffer.alloc(0);
  #heard: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("error", () => undefined); // a server may well cut off what these tests send
    this.#socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#heard();
    });
    this.#closed = new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
    });
    onTestFinished(() => this.close());
  }

  /** False where the other side does not keep up, until `ready`. */
  send(data: string | Uint8Array): boolean {
    return this.#socket.write(data);
  }

  async ready(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#socket.once("drain", () => resolve());
    });
    await Promise.race([drained, this.#closed]);
  }

  close(): void {
    this.#socket.destroy();
  }

  get isClosed(): boolean {
    return this.#socket.closed;
  }

  /** Undefined where the connection was closed without one. */
  async answer(): Promise<RawAnswer | undefined> {
    for (;;) {
      const found = complete(this.#received);
      if (found !== undefined || this.#socket.closed) return found;
      const more = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([more, this.#closed]);
    }
  }
}

function complete(received: Buffer): RawAnswer | undefined {
  const text = received.toString();
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const body = text.slice(end + 4);
  if (Buffer.byteLength(body) < Number(headers.get("content-length") ?? 0)) return undefined;
  const isJson = headers.get("content-type")?.startsWith("application/json");
  return { status: Number(first.split(" ")[1]), headers, body: isJson ? JSON.parse(body) : {} };
}
