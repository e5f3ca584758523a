/**
 * The endpoint of the report crash test: many tenants behind one port, a snare for one of their calls at a time, and a
 * record of every call, whole or cut off.
 */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Report } from "../../src/reports/report.ts";

/** Where a snared call is held: after its first bytes, when it is read, or nowhere. */
export type Depth = "begun" | "read" | "nowhere";

/** A call that came whole. */
export interface Told {
  tenant: string;
  headers: IncomingHttpHeaders;
  body: string;
  reports: Report[];
  /** Which life of the proxy it came from, from 1. */
  life: number;
  /** Unix milliseconds; undefined where it never had an answer. */
  answeredAt: number | undefined;
}

/** What whoever snares a call has of it. */
export interface Snared {
  caught: Promise<void>;
  release(): void;
  /** The process has read the answer. */
  answered: Promise<void>;
}

interface Snare {
  tenant: string;
  depth: Depth;
  caught(): void;
  held: Promise<void>;
  answered(): void;
}

function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

const NO_EVENTS = JSON.stringify({ delivery_report: [] }).length;

export class CrashEndpoint {
  readonly told: Told[] = [];
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #lives = new WeakMap<Socket, number>();
  #snare: Snare | undefined;
  #life = 0;

  async listen(): Promise<string> {
    this.#server.on("connection", (socket) => {
      this.#lives.set(socket, this.#life);
      socket.on("error", () => socket.destroy()); // its process was killed
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    onTestFinished(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whatever connects from now on is another life; nothing of the one before is open any more. */
  async nextLife(): Promise<void> {
    while (await this.#hasConnections()) await new Promise((resolve) => setImmediate(resolve));
    this.#life += 1;
  }

  /** Holds the tenant's next call with events; `caught` settles when it is as far as `depth` says and held there. */
  snare(tenant: string, depth: Depth): Snared {
    const [caught, held, answered] = [signal(), signal(), signal()];
    this.#snare = { tenant, depth, caught: caught.give, held: held.given, answered: answered.give };
    return { caught: caught.given, release: held.give, answered: answered.given };
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tenant = String(request.url).split("/")[1] ?? "";
    const hasEvents = Number(request.headers["content-length"]) > NO_EVENTS;
    const snare = hasEvents && this.#snare?.tenant === tenant ? this.#snare : undefined;
    if (snare !== undefined) this.#snare = undefined;
    const body = await this.#read(request, snare?.depth === "begun" ? snare : undefined);
    if (body === undefined) return;

    const life = this.#lives.get(request.socket) ?? 0;
    const { delivery_report: reports } = JSON.parse(body) as { delivery_report: Report[] };
    const told: Told = { tenant, headers: request.headers, body, reports, life, answeredAt: undefined };
    if (hasEvents) this.told.push(told);
    if (snare?.depth === "read") await hold(snare);
    // The client opens a connection for each call, and closes it when it has read the answer.
    const read = once(request.socket, "close");
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok": true}');
    told.answeredAt = Date.now();
    await read;
    snare?.answered();
  }

  /** The body; undefined where its process died before it was whole. What is held in its midst is lost with its connection. */
  async #read(request: IncomingMessage, snare: Snare | undefined): Promise<string | undefined> {
    let body = "";
    try {
      for await (const chunk of request.setEncoding("utf8")) {
        body += chunk;
        if (snare === undefined) continue;
        await hold(snare);
        request.socket.destroy();
        return undefined;
      }
      return body;
    } catch {
      return undefined; // "aborted": what was cut off tells the application nothing
    }
  }

  #hasConnections(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count > 0) : reject(error)));
    });
  }
}

async function hold({ caught, held }: Snare): Promise<void> {
  caught();
  await held;
}
