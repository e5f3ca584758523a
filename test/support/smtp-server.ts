/** An SMTP server that follows a script: well behaved by default, and at any command as faulty as a test wants it. */
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { onTestFinished } from "vitest";

/** What the server hears: CONNECT is the connection itself, LOGIN a line inside AUTH, BODY a message with its final dot. */
export type Verb =
  | ("CONNECT" | "EHLO" | "HELO" | "STARTTLS" | "AUTH" | "LOGIN" | "MAIL" | "RCPT" | "DATA" | "BODY")
  | ("RSET" | "QUIT" | "OTHER");

export interface Heard {
  verb: Verb;
  /** The whole line; of BODY the message as it came over the wire, without the final dot. */
  line: string;
  connection: Connection;
}

/** A reply without its CRLF, or raw bytes and what to do after them. */
export type Answer =
  | string
  | {
      /** A usual reply, of which the server itself knows that it gave it; what is raw comes behind it. */
      reply?: string;
      /** Sent as it is, one byte per character. */
      raw?: string;
      /** Where to cut it in two packets. */
      splitAt?: number;
      /** Byte by byte, each in a packet of its own. */
      slowly?: boolean;
      /** Again and again, as long as the client reads. */
      flood?: boolean;
      /** Throws away what came behind it. */
      forget?: boolean;
      /** What becomes of its reading: no more, or ever longer waits before each next block. */
      reads?: "never" | "slower";
      next?: "close" | "reset" | "stall" | "upgrade";
    };

export interface Script {
  /** The lines of the EHLO reply after the first; STARTTLS is not repeated inside TLS. */
  extensions?: readonly string[];
  /** The answer to what is heard; undefined: the usual one. */
  answer?: (heard: Heard) => Answer | undefined;
  tls?: "implicit";
  /** Which certificate to show. */
  certificate?: Certificate;
}

/** `elsewhere` is valid, but for another host; `expired` was valid for this one. */
export type Certificate = "localhost" | "elsewhere" | "expired";

export interface ReceivedMessage {
  from: string;
  recipients: string[];
  /** As sent over the wire, in Latin-1: one character per byte. */
  wire: string;
}

const fixture = (name: string) => readFileSync(new URL(`./tls/${name}.pem`, import.meta.url), "utf8");

/** The authority that signed the server's certificates. */
export const testCa = fixture("ca");

export function testCertificate(name: Certificate = "localhost"): { key: string; cert: string } {
  return { key: fixture(`${name}.key`), cert: fixture(name) };
}

/** What every line of a script may lean on: all extensions that mail-proxy knows, but STARTTLS and AUTH. */
export const EXTENSIONS = ["PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"];

const USUAL: Record<Verb, string> = {
  CONNECT: "220 test.invalid ESMTP",
  EHLO: "",
  HELO: "250 test.invalid",
  STARTTLS: "220 2.0.0 go ahead",
  AUTH: "235 2.7.0 welcome",
  LOGIN: "235 2.7.0 welcome",
  MAIL: "250 2.1.0 sender ok",
  RCPT: "250 2.1.5 recipient ok",
  DATA: "354 go ahead",
  BODY: "250 2.0.0 queued",
  RSET: "250 2.0.0 reset",
  QUIT: "221 2.0.0 bye",
  OTHER: "500 5.5.2 what?",
};

export class ScriptedServer {
  readonly connections: Connection[] = [];
  readonly messages: ReceivedMessage[] = [];
  /** Every complete message that came, taken or not, as sent over the wire. */
  readonly heard: string[] = [];
  readonly script: Script;
  readonly #server: net.Server;
  #waiting: (() => void)[] = [];

  constructor(script: Script) {
    this.script = script;
    const accept = (socket: net.Socket) => this.connections.push(new Connection(this, socket));
    this.#server =
      script.tls === "implicit"
        ? tls.createServer(testCertificate(script.certificate), accept).on("tlsClientError", () => this.notify())
        : net.createServer(accept);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
    return address.port;
  }

  /** Every line heard, over all connections, in the order of the connections. */
  get lines(): string[] {
    return this.connections.flatMap(({ lines }) => lines);
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Waits until something that the server sees is so. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Something happened. */
  notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** One client's connection, inside and outside of TLS. */
export class Connection {
  socket: net.Socket;
  /** Commands and lines of a login as they came, and `BODY`. */
  readonly lines: string[] = [];
  /** What came together: one entry per read of the socket. */
  readonly packets: string[] = [];
  /** All that the server wrote, or was going to write. */
  said = "";
  secure: boolean;
  closed = false;
  /** Its place among the connections of the server, from 0. */
  readonly number: number;
  readonly #server: ScriptedServer;
  /** What TLS, if any, goes over. */
  readonly #transport: net.Socket;
  #received = "";
  #mode: "command" | "login" | "message" | "deaf" = "command";
  #from: string | undefined;
  #recipients: string[] = [];
  #dribbling: Promise<void> | undefined;

  constructor(server: ScriptedServer, socket: net.Socket) {
    this.#server = server;
    this.number = server.connections.length;
    this.socket = socket;
    this.#transport = socket;
    this.secure = socket instanceof tls.TLSSocket;
    this.#listen();
    this.#hear("CONNECT", "");
    server.notify();
  }

  #listen(): void {
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => this.#receive(chunk.toString("latin1")));
    this.socket.on("error", () => this.socket.destroy()); // clients that reset are part of the tests
    this.socket.on("close", () => {
      this.closed = true;
      this.#server.notify();
    });
  }

  #receive(text: string): void {
    this.packets.push(text);
    this.#received += text;
    while (this.#mode !== "deaf" && this.#take());
    this.#server.notify();
  }

  /** Takes one line, or one message; false while it is not complete. */
  #take(): boolean {
    const message = this.#mode === "message";
    const bare = message && this.#received.startsWith(".\r\n");
    const end = bare ? 0 : this.#received.indexOf(message ? "\r\n.\r\n" : "\r\n");
    if (end < 0) return false;
    const line = this.#received.slice(0, message && !bare ? end + 2 : end);
    this.#received = this.#received.slice(end + (bare ? 3 : message ? 5 : 2));
    if (this.#mode === "message") this.#hear("BODY", line);
    else this.#hear(this.#mode === "login" ? "LOGIN" : verbOf(line), line);
    return true;
  }

  #hear(verb: Verb, line: string): void {
    if (verb !== "CONNECT") this.lines.push(verb === "BODY" ? verb : line);
    if (verb === "BODY") this.#server.heard.push(line);
    const scripted = this.#server.script.answer?.({ verb, line, connection: this });
    const answer = scripted ?? this.#usual(verb);
    this.#mode = "command";
    const reply = typeof answer === "string" ? answer : answer.reply;
    if (reply !== undefined) this.#reply(verb, line, reply);
    if (typeof answer !== "string") this.#misbehave(answer);
  }

  #reply(verb: Verb, line: string, answer: string): void {
    this.#track(verb, line, answer);
    this.#write(`${answer}\r\n`);
    if (verb === "STARTTLS" && answer.startsWith("220")) this.#upgrade();
    if (verb === "QUIT") this.socket.end();
  }

  #usual(verb: Verb): string {
    if (verb === "RCPT" && this.#from === undefined) return "503 5.5.1 MAIL first";
    if ((verb === "DATA" || verb === "BODY") && this.#recipients.length === 0) return "554 5.5.1 no valid recipients";
    if (verb !== "EHLO") return USUAL[verb];
    const offered = (this.#server.script.extensions ?? EXTENSIONS).filter(
      (name) => !(this.secure && name === "STARTTLS"),
    );
    return ["test.invalid", ...offered].map((text, i) => `250${i === offered.length ? " " : "-"}${text}`).join("\r\n");
  }

  #track(verb: Verb, line: string, answer: string): void {
    if ((verb === "AUTH" || verb === "LOGIN") && answer.startsWith("334")) this.#mode = "login";
    if (verb === "DATA" && answer.startsWith("354")) this.#mode = "message";
    if (verb === "MAIL" && answer.startsWith("250")) this.#from = pathOf(line);
    if (verb === "RCPT" && answer.startsWith("25")) this.#recipients.push(pathOf(line));
    if (verb === "BODY" && answer.startsWith("250")) {
      this.#server.messages.push({ from: this.#from ?? "", recipients: this.#recipients, wire: line });
    }
    if (verb === "RSET" || verb === "BODY") [this.#from, this.#recipients] = [undefined, []];
  }

  #misbehave({ raw = "", slowly, splitAt, flood, forget, reads, next }: Exclude<Answer, string>): void {
    if (flood) this.#flood(raw);
    else if (slowly) this.#dribble(Array.from(raw));
    else if (splitAt !== undefined) this.#dribble([raw.slice(0, splitAt), raw.slice(splitAt)]);
    else this.#write(raw);
    if (forget) this.#received = "";
    if (reads === "never") this.socket.pause();
    if (reads === "slower") this.#dawdle(1);
    if (next === "close") this.socket.end();
    if (next === "reset") this.#reset();
    if (next === "stall") this.#mode = "deaf";
    if (next === "upgrade") this.#upgrade();
  }

  #flood(raw: string): void {
    this.#mode = "deaf";
    while (!this.socket.destroyed && this.socket.write(raw));
    if (!this.socket.destroyed) this.socket.once("drain", () => this.#flood(raw));
  }

  /** In turn, after what still dribbles. */
  #write(raw: string): void {
    this.said += raw;
    if (this.#dribbling === undefined) this.socket.write(raw, "latin1");
    else this.#dribbling = this.#dribbling.then(() => void this.socket.write(raw, "latin1"));
  }

  /** Each piece in a packet of its own. */
  #dribble(pieces: readonly string[]): void {
    this.said += pieces.join("");
    this.#dribbling = (this.#dribbling ?? Promise.resolve()).then(async () => {
      for (const piece of pieces) {
        if (this.socket.destroyed) return;
        this.socket.write(piece, "latin1");
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  #dawdle(waitMs: number): void {
    this.socket.pause();
    setTimeout(() => {
      if (this.socket.destroyed) return;
      this.socket.once("data", () => this.#dawdle(2 * waitMs));
      this.socket.resume();
    }, waitMs).unref();
  }

  #reset(): void {
    this.#transport.resetAndDestroy();
    this.socket.destroy();
  }

  #upgrade(): void {
    this.socket.removeAllListeners("data");
    this.socket = new tls.TLSSocket(this.socket, {
      isServer: true,
      ...testCertificate(this.#server.script.certificate),
    });
    this.secure = true;
    this.#received = "";
    this.#listen();
  }
}

const VERBS: readonly string[] = ["EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"];

function verbOf(line: string): Verb {
  const verb = line.split(" ", 1)[0]?.toUpperCase() ?? "";
  return isVerb(verb) ? verb : "OTHER";
}

function isVerb(word: string): word is Verb {
  return VERBS.includes(word);
}

function pathOf(line: string): string {
  return /<(.*?)>/.exec(line)?.[1] ?? "";
}

/** A server that listens, and is gone when the test ends. */
export async function startSmtpServer(script: Script = {}): Promise<ScriptedServer> {
  const server = new ScriptedServer(script);
  await server.listen();
  onTestFinished(() => server.close());
  return server;
}
