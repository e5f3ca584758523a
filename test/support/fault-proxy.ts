/** An HTTP proxy in front of a real libSQL server, which a test tells what becomes of each request. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/**
 * - `unsent`: the connection ends before the server has seen the request
 * - `late`: the same, but the server gets the request later (`FaultProxy.deliver`)
 * - `drop`: the server does the work, and the connection ends without an answer
 * - `cut`: it ends in the midst of the answer
 * - `garble`: the answer ends too early, and says that it is whole
 * - `hold`: the server does the work, and the answer never comes
 * - a status: answered by the proxy alone
 */
export type Fault = "pass" | "unsent" | "late" | "drop" | "cut" | "garble" | "hold" | number;

/** Whatever else comes is meant for who had this port before: a report of another test, whose endpoint is gone. */
const HRANA = /^\/v[23]\b/;

export class FaultProxy {
  /** What becomes of the requests to come, in their order; of those after them `always` decides. */
  next: Fault[] = [];
  always: (body: string) => Fault = () => "pass";
  /** All that came, whatever became of them. */
  requests = 0;
  /** Held ones whose client has hung up. */
  abandoned = 0;
  authorization: string | undefined;
  retryAfter: string | undefined;
  readonly #target: string;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #late: (() => Promise<unknown>)[] = [];
  #port = 0;

  constructor(target: string) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** At the same port as before. */
  async open(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections are refused from now on. */
  async shut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** The server gets what was late. */
  async deliver(): Promise<void> {
    for (const send of this.#late.splice(0)) await send();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!HRANA.test(request.url ?? "")) return void response.writeHead(404).end();
    this.requests += 1;
    this.authorization = request.headers.authorization;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const fault = this.next.shift() ?? this.always(body);
    const pass = () => forward(this.#target + (request.url ?? ""), request.method ?? "GET", body);
    if (typeof fault === "number") {
      response.writeHead(fault, this.retryAfter === undefined ? {} : { "Retry-After": this.retryAfter });
      response.end("the proxy's own words");
      return;
    }
    if (fault === "late") this.#late.push(pass);
    if (fault === "unsent" || fault === "late") return void request.socket.destroy();
    const answer = await pass().catch(() => undefined);
    if (answer === undefined)
      request.socket.destroy(); // as a proxy whose server has gone
    else if (fault === "hold") response.on("close", () => (this.abandoned += 1));
    else finish(fault, answer, response);
  }
}

interface Answer {
  status: number;
  body: Buffer;
}

async function forward(url: string, method: string, body: string): Promise<Answer> {
  const init = method === "GET" ? { method } : { method, body };
  const response = await fetch(url, init);
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

function finish(fault: "pass" | "drop" | "cut" | "garble", { status, body }: Answer, response: ServerResponse): void {
  const half = body.subarray(0, Math.ceil(body.length / 2));
  if (fault === "drop") return void response.socket?.destroy();
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": (fault === "garble" ? half : body).length,
  });
  if (fault === "cut") response.write(half, () => response.socket?.destroy());
  else response.end(fault === "garble" ? half : body);
}

/** A proxy that lets everything pass until it is told otherwise; gone when the test ends. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.open();
  onTestFinished(() => proxy.shut());
  return proxy;
}
