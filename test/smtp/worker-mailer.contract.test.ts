/**
 * What src/smtp leans on inside worker-mailer, whose members are not public. If an upgrade breaks one of these, read the
 * new source before changing the test: src/smtp/mailer.ts and src/smtp/dialogue.ts build on it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { Mailer } from "../../src/smtp/mailer.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

/** The library's class as it is, with nothing replaced but its reading and writing, which are recorded. */
class Bare extends Mailer {
  readonly written: string[] = [];
  answers: string[] = [];

  constructor(port: number, credentials?: { username: string; password: string }) {
    super({ host: "127.0.0.1", port, startTls: true, logLevel: 4, ...(credentials && { credentials }) });
  }

  protected override async write(text: string): Promise<void> {
    this.written.push(text);
  }

  protected override async readTimeout(): Promise<string> {
    return this.answers.shift() ?? "";
  }

  async during(run: "greet" | "authWithPlain" | "authWithLogin", ...answers: string[]): Promise<string[]> {
    this.answers = answers;
    await this[run]();
    return this.written;
  }

  line(text: string): Promise<void> {
    return this.writeLine(text);
  }

  get parts() {
    return { socket: this.socket, reader: this.reader, writer: this.writer };
  }
}

async function bare(credentials?: { username: string; password: string }): Promise<Bare> {
  const server = await startSmtpServer();
  return new Bare(server.port, credentials);
}

test("the version is the one whose source was read", () => {
  const manifest = createRequire(import.meta.url).resolve("worker-mailer/package.json");
  expect(JSON.parse(readFileSync(manifest, "utf8")).version).toBe("1.2.1");
});

test("the constructor connects, and holds the socket with its reader and its writer", async () => {
  const { socket, reader, writer } = (await bare()).parts;
  await socket.opened;
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe("220 test.invalid ESMTP\r\n");
  await writer.write(new TextEncoder().encode("QUIT\r\n"));
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("221 2.0.0 bye\r\n");
  await socket.close();
});

test("the socket is opened so that it can become TLS, and its locks can be given back for that", async () => {
  const { socket, reader, writer } = (await bare()).parts;
  await socket.opened;
  reader.releaseLock();
  writer.releaseLock();
  expect(() => socket.startTls().close()).not.toThrow();
});

test("a line is written with CRLF, through `write`", async () => {
  const mailer = await bare();
  await mailer.line("NOOP");
  expect(mailer.written).toEqual(["NOOP\r\n"]);
});

test("the greeting is read through `readTimeout`, and must be 220", async () => {
  await expect((await bare()).during("greet", "220 hi")).resolves.toEqual([]);
  await expect((await bare()).during("greet", "250 hi")).rejects.toThrow();
});

test("PLAIN and LOGIN send the credentials through btoa, one character per byte, and write them through `write`", async () => {
  const credentials = { username: "\u00c3\u00bc", password: "p" }; // the UTF-8 of ü
  expect(await (await bare(credentials)).during("authWithPlain", "235 ok")).toEqual([
    `AUTH PLAIN ${Buffer.from("\0ü\0p").toString("base64")}\r\n`,
  ]);
  expect(await (await bare(credentials)).during("authWithLogin", "334 ", "334 ", "235 ok")).toEqual([
    "AUTH LOGIN\r\n",
    `${Buffer.from("ü").toString("base64")}\r\n`,
    `${Buffer.from("p").toString("base64")}\r\n`,
  ]);
});

test("nothing is logged", async () => {
  const logged: unknown[] = [];
  const original = { ...console };
  const record = (...what: unknown[]) => void logged.push(what);
  Object.assign(console, { debug: record, info: record, warn: record, error: record, log: record });
  try {
    const mailer = await bare({ username: "u", password: "p" });
    await mailer.during("authWithPlain", "235 ok");
    await mailer.parts.socket.close();
  } finally {
    Object.assign(console, original);
  }
  expect(logged).toEqual([]);
});
