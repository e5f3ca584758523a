/** A real browser, spoken to over its debugging pipe: one page, what it asks for, and what it shows. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./database.ts";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Undefined where this machine has none. */
export const CHROMIUM = PATHS.find((path) => existsSync(path));

type Fields = Record<string, unknown>;
interface Reply {
  id?: number;
  method?: string;
  params?: Fields;
  result?: Fields;
  error?: { message: string };
}

export class Page {
  readonly #pipe: Writable;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #session: string | undefined;
  #calls = 0;
  /** Every URL that the page asked for. */
  readonly requested: string[] = [];
  /** What the console said of faults, refusals by the content security policy among them. */
  readonly complaints: string[] = [];

  constructor(pipe: Writable, replies: Readable) {
    this.#pipe = pipe;
    let rest = "";
    replies.setEncoding("utf8").on("data", (piece: string) => {
      const lines = (rest + piece).split("\0");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line) as Reply);
    });
  }

  async open(url: string): Promise<void> {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = String(sessionId);
    for (const domain of ["Network", "Log", "Runtime", "Page"]) await this.#send(`${domain}.enable`);
    await this.#send("Page.navigate", { url });
  }

  /** The value of an expression in the page, once it is anything but null, false or empty. */
  async until(expression: string): Promise<unknown> {
    for (;;) {
      const { result } = await this.#send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      const value = (result as Fields | undefined)?.value;
      if (value) return value;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #send(method: string, params: Fields = {}): Promise<Fields> {
    const id = ++this.#calls;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#pipe.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
    });
  }

  #take(reply: Reply): void {
    if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
    const { request, entry, exceptionDetails } = reply.params ?? {};
    if (reply.method === "Network.requestWillBeSent") this.requested.push(String(Reflect.get(Object(request), "url")));
    if (reply.method === "Log.entryAdded") this.complaints.push(String(Reflect.get(Object(entry), "text")));
    if (reply.method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(exceptionDetails));
  }
}

/** A browser with an empty profile, closed with the test. */
export async function browse(url: string): Promise<Page> {
  if (CHROMIUM === undefined) throw new Error("there is no Chromium on this machine");
  const profile = `--user-data-dir=${temporaryFolder()}`;
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", profile];
  const browser: ChildProcess = spawn(CHROMIUM, [...flags, "--remote-debugging-pipe"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const closed = new Promise((resolve) => browser.once("exit", resolve));
  onTestFinished(async () => {
    browser.kill("SIGKILL");
    await closed;
  });
  const page = new Page(browser.stdio[3] as Writable, browser.stdio[4] as Readable);
  await page.open(url);
  return page;
}
