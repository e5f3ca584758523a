/** The applications in examples/, run as they stand: an order is placed, its mail is delivered, its report arrives. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { commandLine } from "./cli/program.ts";

const WEBHOOK_SECRET = `whsec_${Buffer.from("a secret of the tests, 32 bytes.").toString("base64")}`;
const LIMIT_MS = 15_000;

interface Example {
  name: string;
  command: [string, ...string[]];
  /** Why it cannot run on this machine; undefined where it can. */
  missing: string | undefined;
}

const EXAMPLES: Example[] = [
  { name: "node", command: [process.execPath, "examples/node/app.mjs"], missing: undefined },
  {
    name: "express",
    command: [process.execPath, "examples/express/app.mjs"],
    missing: existsSync("node_modules/express") ? undefined : "Express is not installed",
  },
  {
    name: "flask",
    command: ["python3", "examples/flask/app.py"],
    missing: spawnSync("python3", ["-c", "import flask"]).status === 0 ? undefined : "Flask is not installed",
  },
];

test.for(EXAMPLES)("the example in $name learns that its mail was sent", async ({ command, missing }, context) => {
  context.skip(missing !== undefined, missing);
  const proxy = await startProxy();
  const { api_key } = await proxy("POST", "/tenant/default/api-key", {});
  const shop = await startShop(command, { MAIL_PROXY_URL: proxy.url, MAIL_PROXY_KEY: String(api_key) });
  await proxy("PUT", "/tenant/default", { client_base_url: shop, webhook_secret: WEBHOOK_SECRET });

  expect(await call("POST", `${shop}/orders`, { email: "bob@example.com" })).toEqual({ number: 1 });
  const order = await until(
    () => call("GET", `${shop}/orders/1`),
    ({ mail }) => mail !== "queued",
  );
  expect(order).toEqual({ email: "bob@example.com", mail: "sent" });

  const { messages } = await proxy("GET", "/inbox/messages");
  expect(messages).toMatchObject([{ to: ["bob@example.com"], subject: "Your order 1" }]);

  const forged = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"delivery_report": []}' };
  expect((await fetch(`${shop}/mail-proxy/sync`, forged)).status).toBe(401);
});

/** A proxy with its sandbox inbox; answers how to call it as the admin. */
async function startProxy() {
  const { start } = commandLine();
  const run = start("start", "default", "--sandbox", "--port", "0");
  const [, url = "", token = ""] = await run.printed(/is ready: (\S+)[\s\S]*Admin token +(\S+)/);
  const proxy = (method: string, path: string, body?: unknown) => call(method, url + path, body, token);
  return Object.assign(proxy, { url });
}

/** Answers the URL that the application prints when it listens. */
async function startShop([program, ...args]: Example["command"], settings: Record<string, string>): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", PORT: "0", WEBHOOK_SECRET, ...settings };
  const shop = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void shop.kill("SIGKILL"));
  return urlOf(shop);
}

function urlOf(shop: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [shop.stdout, shop.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    shop.on("close", () => reject(new Error(`the example ended: ${output}`)));
  });
}

async function call(method: string, url: string, body?: unknown, token = ""): Promise<Record<string, unknown>> {
  const headers = { "Content-Type": "application/json", "X-API-Token": token };
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return response.json();
}

async function until<T>(look: () => Promise<T>, found: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (found(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain, last seen: ${JSON.stringify(seen)}`);
    await pause(20);
  }
}
