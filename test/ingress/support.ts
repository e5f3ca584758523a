/** The application with SMTP in front of it, in this process, and a client that says exactly what a test wants. */

import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { onTestFinished } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import { type Submission, startSubmission } from "../../src/ingress/submission.ts";
import type { Ports } from "../../src/ports.ts";
import { garbageCollection } from "../../src/runtimes/garbage.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { testCa, testCertificate } from "../support/smtp-server.ts";

export const TENANT = "shop";
export const OTHER_ACCOUNT = "newsletter";

export interface Ingress extends TestApp {
  port: number;
  smtpsPort: number;
  key: string;
  submission: Submission;
  /** A connection that has heard the greeting. */
  connect(from?: string, to?: string): Promise<Wire>;
  /** One that has logged in. */
  loggedIn(from?: string): Promise<Wire>;
  /** All messages of the tenant, in short. */
  messages(): Promise<Record<string, unknown>[]>;
}

export interface IngressOptions {
  /** Settings by their names without `MAIL_PROXY_`. */
  settings?: Record<string, string>;
  ports?: Partial<Ports>;
  hasTls?: boolean;
  /** Nothing is sent unless a test wants it. */
  isActive?: boolean;
}

export async function startIngress({ settings = {}, ports, hasTls, isActive }: IngressOptions = {}): Promise<Ingress> {
  const all = { SCHEDULER_ACTIVE: String(isActive === true), ...settings };
  const app = await startApp(all, undefined, ports);
  await app.call("POST", "/tenant", { id: TENANT });
  for (const id of ["default", OTHER_ACCOUNT])
    await app.call("POST", "/account", { id, tenant_id: TENANT, host: "127.0.0.1", port: 9, use_tls: false });
  const { body } = await app.call("POST", `/tenant/${TENANT}/api-key`, {});
  const submission = await startSubmission({
    application: app.app,
    config: configOf({ SMTP_PORT: "0", ...(hasTls && { SMTPS_PORT: "0" }), ...all }),
    certificate: hasTls ? asCertificate() : undefined,
    hostName: "proxy.test",
    now: Date.now,
    received: garbageCollection(),
  });
  onTestFinished(() => submission.stop(0));
  const key = String(body.api_key);
  const port = submission.smtpPort ?? 0;
  const connect = async (from = "127.0.0.1", to = "127.0.0.1") => {
    const wire = Wire.to({ port, host: to, localAddress: from });
    await wire.reply();
    return wire;
  };
  return {
    ...app,
    ...{ port, smtpsPort: submission.smtpsPort ?? 0, key, submission, connect },
    async loggedIn(from) {
      const wire = await connect(from);
      await wire.says("EHLO client.test", `AUTH PLAIN ${plain(TENANT, key)}`);
      return wire;
    },
    async messages() {
      const listed = await app.call("GET", `/messages?tenant_id=${TENANT}`);
      return listed.body.messages as Record<string, unknown>[];
    },
  };
}

function configOf(settings: Record<string, string>): Config {
  return readConfig(Object.fromEntries(Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value])));
}

function asCertificate() {
  const { cert, key } = testCertificate();
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

/** RFC 4616 2. */
export function plain(user: string, key: string): string {
  return Buffer.from(`\0${user}\0${key}`).toString("base64");
}

/** A mail that is all right, with its final dot. */
export const LETTER = "From: ann@shop.example\r\nTo: bob@example.com\r\nSubject: Hello\r\n\r\nHello, Bob.\r\n.\r\n";

/** What belongs before a mail's content, to be said at once. */
export const ENVELOPE = "MAIL FROM:<ann@shop.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n";

/** One connection, byte by byte. */
export class Wire {
  #socket: net.Socket;
  #heard = "";
  #hasEnded = false;
  #waiting: (() => void)[] = [];

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Ends with the test. */
  static to(address: net.TcpNetConnectOpts): Wire {
    const wire = new Wire(net.connect(address));
    onTestFinished(() => wire.end());
    return wire;
  }

  #listen(): void {
    const wake = () => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    this.#socket.on("data", (chunk) => {
      this.#heard += chunk.toString("latin1");
      wake();
    });
    this.#socket.on("error", () => this.#socket.destroy()); // servers that hang up are part of the tests
    this.#socket.on("close", () => {
      this.#hasEnded = true;
      wake();
    });
  }

  /** Bytes as they are, one per character; settles once the system has them. */
  async write(text: string | Buffer): Promise<void> {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** The next reply with all its lines; what the connection ended with, where there is none. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#heard)?.[0];
      if (found !== undefined) {
        this.#heard = this.#heard.slice(found.length);
        return found.trimEnd();
      }
      if (this.#hasEnded) return "closed";
      await this.#more();
    }
  }

  /** Says these lines one after the other, each after the reply to the one before; answers the last reply. */
  async says(...lines: string[]): Promise<string> {
    let reply = "";
    for (const line of lines) {
      await this.write(`${line}\r\n`);
      reply = await this.reply();
    }
    return reply;
  }

  /** One mail as it is usually sent; answers the reply to it, or the first refusal. */
  async sends(content: string | Buffer = LETTER, from = "ann@shop.example", to = ["bob@example.com"]): Promise<string> {
    const recipients = to.map((address) => `RCPT TO:<${address}>`);
    for (const line of [`MAIL FROM:<${from}>`, ...recipients, "DATA"]) {
      const reply = await this.says(line);
      if (!/^[23]/.test(reply)) return reply;
    }
    await this.write(content);
    return this.reply();
  }

  /** Goes on inside TLS. */
  async upgrade(): Promise<void> {
    this.#socket.removeAllListeners();
    const secure = tls.connect({ socket: this.#socket, ca: testCa, servername: "localhost" });
    this.#socket = secure;
    this.#listen();
    await once(secure, "secureConnect");
  }

  /** All that came since the last reply, once the server has hung up. */
  async rest(): Promise<string> {
    while (!this.#hasEnded) await this.#more();
    return this.#heard;
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  end(): void {
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
