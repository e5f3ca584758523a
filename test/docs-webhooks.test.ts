/** The endpoints that the page on webhooks shows, run as they stand there: each takes a real event, and nothing that is not signed. */
import { spawn } from "node:child_process";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { pythonWith } from "./examples/terminal.ts";
import { startApp } from "./support/app.ts";
import { temporaryFolder } from "./support/database.ts";
import { freePort } from "./support/free-port.ts";
import { blocks } from "./support/pages.ts";

const TIMEOUT_MS = 60_000;
const PAGE = "docs/webhooks.md";
const FLASK = pythonWith("flask");

interface Sample {
  name: string;
  language: string;
  file: string;
  /** What runs the file on a port. */
  command(port: number): [string, ...string[]];
  /** Why it cannot run on this machine; empty where it can. */
  missing: string;
}

const SAMPLES: Sample[] = [
  {
    ...{ name: "Express", language: "js", file: "app.mjs" },
    command: () => [process.execPath, "app.mjs"],
    missing: existsSync("node_modules/express") ? "" : "Express is not installed",
  },
  {
    ...{ name: "Flask", language: "python", file: "app.py" },
    command: (port) => [FLASK ?? "python3", "-m", "flask", "--app", "app", "run", "--port", String(port)],
    missing: FLASK === undefined ? "no python3 has flask" : "",
  },
];

/** Runs what the page shows; answers where it listens, and what it has printed. */
async function run({ language, file, command }: Sample, secret: string) {
  const folder = temporaryFolder();
  const [code = ""] = blocks(PAGE, language);
  writeFileSync(join(folder, file), code);
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const port = await freePort();
  const [program, ...args] = command(port);
  const env = { PATH: process.env.PATH ?? "", PORT: String(port), WEBHOOK_SECRET: secret };
  const child = spawn(program, args, { cwd: folder, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  return { url: `http://127.0.0.1:${port}/mail-events`, printed: () => printed };
}

/** Looks until it is so. */
async function until(fits: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fits())) await new Promise((done) => setTimeout(done, 20));
}

test.for(SAMPLES)(
  "the endpoint in $name takes each event once, and only what is signed",
  {
    timeout: TIMEOUT_MS,
  },
  async (sample, context) => {
    context.skip(sample.missing !== "", sample.missing);
    const { call } = await startApp();
    await call("POST", "/tenant", { id: "acme" });
    await call("POST", "/account", { id: "default", tenant_id: "acme", host: "smtp.example.com", suppress_send: true });
    const { body: webhook } = await call("POST", "/webhooks", { endpoint: "http://127.0.0.1:1/" });
    const secret = String(webhook.signing_secret);
    const { url, printed } = await run(sample, secret);
    const post = (body: string, headers: Record<string, string>) =>
      fetch(url, { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } }).then(
        ({ status }) => status,
        () => 0,
      );
    await until(async () => (await post("{}", {})) !== 0);

    await call("PATCH", `/webhooks/${webhook.id}`, { endpoint: url });
    const message = { id: "m1", from: "shop@example.com", to: "ann@example.net", subject: "Hi", text: "x" };
    await call("POST", "/commands/add-messages", { messages: [message] });
    const { body } = await call("GET", "/messages/m1");
    await until(() => printed().includes(`email.sent ${body.pk} ann@example.net`));
    const log = async () => (await call("GET", `/webhooks/${webhook.id}/deliveries?state=delivered`)).body.data;
    await until(async () => ((await log()) as unknown[]).length === 1);
    const [{ id }] = (await log()) as [{ id: string }];
    await call("POST", `/webhooks/${webhook.id}/deliveries/${id}/replay`);
    const attempts = `/webhooks/${webhook.id}/deliveries/${id}/attempts`;
    await until(async () => ((await call("GET", attempts)).body.data as unknown[]).length === 2);
    expect(printed().match(/email\.sent/g)).toHaveLength(1);

    const event = '{"type":"email.sent","data":{"email_id":"1","to":[]}}';
    const signed = (by: string, at: Date) => ({
      ...{ "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1000)) },
      "webhook-signature": new Webhook(by).sign("msg_1", at, event),
    });
    const good = signed(secret, new Date());
    expect(await post(event, {})).toBe(401);
    expect(await post(event, signed(`whsec_${btoa("of somebody else, 24 byt")}`, new Date()))).toBe(401);
    expect(await post(event.replace("1", "2"), good)).toBe(401);
    expect(await post(event, signed(secret, new Date(Date.now() - 360_000)))).toBe(401);
    expect(await post(event, good)).toBe(204);
  },
);
