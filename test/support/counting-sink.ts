/** An SMTP server that takes everything, fast, and keeps of each message only what tells copies from one another. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";

const EHLO = "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 52428800\r\n";
const EMPTY = Buffer.alloc(0);
const FINAL_DOT = Buffer.from("\r\n.\r\n");

/** One message that the server has answered with 250. */
export interface Taken {
  /** The application's own id, from X-Genro-Mail-ID. */
  id: string;
  messageId: string;
  /** Of every byte of it. */
  digest: string;
  /** Which client brought it: its EHLO name. */
  client: string;
  /** When the 250 was written, Unix milliseconds. */
  at: number;
}

export interface SinkOptions {
  /** How long the server thinks about each message before it takes it. */
  thinkMs?: number;
}

export class CountingSink {
  /** In the order in which they were taken. */
  readonly taken: Taken[] = [];
  /** How often a message came whole, taken or not. */
  arrivals = 0;
  readonly #ids = new Set<string>();
  port = 0;
  thinkMs: number;
  #waiting: { condition(): boolean; resolve(): void }[] = [];

  constructor({ thinkMs = 0 }: SinkOptions) {
    this.thinkMs = thinkMs;
  }

  async listen(): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy()); // clients that are killed are part of the tests
      void this.#serve(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  }

  /** How many messages were taken, copies not counted. */
  get distinct(): number {
    return this.#ids.size;
  }

  /** Every message by its id, with all its copies. */
  copies(): Map<string, Taken[]> {
    const copies = new Map<string, Taken[]>();
    for (const message of this.taken) {
      const known = copies.get(message.id);
      if (known === undefined) copies.set(message.id, [message]);
      else known.push(message);
    }
    return copies;
  }

  /** Waits until what the server sees is so. */
  async until(condition: () => boolean): Promise<void> {
    if (!condition()) await new Promise<void>((resolve) => this.#waiting.push({ condition, resolve }));
  }

  async #serve(socket: Socket): Promise<void> {
    let pieces: Buffer[] = [];
    let inMessage = false;
    let client = "";
    socket.write("220 sink.test ESMTP\r\n");
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        const border = Buffer.concat([pieces.at(-1)?.subarray(-FINAL_DOT.length) ?? EMPTY, chunk]);
        pieces.push(chunk);
        // A large message is put together once, not with each piece of it. A border too short to tell is looked at with the next.
        if (inMessage && chunk.length > FINAL_DOT.length && !border.includes(FINAL_DOT)) continue;
        let rest = Buffer.concat(pieces);
        for (;;) {
          const end = inMessage ? FINAL_DOT : "\r\n";
          const at = rest.indexOf(end);
          if (at < 0) break;
          const read = rest.subarray(0, at);
          rest = rest.subarray(at + end.length);
          if (inMessage) {
            inMessage = false;
            await this.#take(read, client, socket);
            continue;
          }
          const line = read.toString("latin1");
          if (/^EHLO/i.test(line)) client = line.slice(5);
          inMessage = /^DATA/i.test(line);
          socket.write(reply(line));
        }
        pieces = [rest];
      }
    } catch {
      socket.destroy(); // the client was killed: what it had not ended was no message
    }
  }

  async #take(bytes: Buffer, client: string, socket: Socket): Promise<void> {
    this.arrivals += 1;
    if (this.thinkMs > 0) await pause(this.thinkMs);
    const head = bytes.toString("latin1", 0, Math.max(bytes.indexOf("\r\n\r\n"), 0));
    const field = (name: string) => new RegExp(`^${name}: (.*?)\\r?$`, "im").exec(head)?.[1] ?? "";
    const id = field("X-Genro-Mail-ID");
    this.#ids.add(id);
    this.taken.push({
      id,
      messageId: field("Message-ID"),
      digest: createHash("sha1").update(bytes).digest("base64"),
      client,
      at: Date.now(),
    });
    socket.write("250 2.0.0 taken\r\n");
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ condition }) => !condition());
    for (const one of waiting) if (!this.#waiting.includes(one)) one.resolve();
  }
}

function reply(line: string): string {
  if (/^(EHLO|HELO)/i.test(line)) return EHLO;
  if (/^DATA/i.test(line)) return "354 go on\r\n";
  if (/^QUIT/i.test(line)) return "221 2.0.0 bye\r\n";
  return "250 2.1.0 ok\r\n";
}

/** A sink that listens, and is gone when the test ends. */
export async function startSink(options: SinkOptions = {}): Promise<CountingSink> {
  const sink = new CountingSink(options);
  await sink.listen();
  return sink;
}
