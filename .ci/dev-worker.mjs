// Runs the Worker in workerd on this machine, with a libSQL server and an inbox behind it. Needs only Node and npm; Ctrl-C
// ends all of it, and nothing of it stays.
//   npm run dev:worker -- [--port 8787] [--smtp HOST:PORT] [--database URL]
// --smtp      the server that mail goes to, instead of an inbox that prints it here
// --database  a libSQL server that is there: it is taken as it is, neither migrated nor given a tenant
// The environment's MAIL_PROXY_* are the Worker's settings, as they are the binary's.
// Exit code 69 (EX_UNAVAILABLE): a program that it needs is not to be had, on this platform or without a network.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startInbox } from "./dev-inbox.mjs";

// None of them is a dependency: wrangler needs a newer Node than the project does, and all of them are large.
const WRANGLER = ["-p", "node@24.21.0", "-p", "wrangler@4.164.0"];
const SQLD = ["--ignore-scripts", "-p", `@sqld/${process.platform}-${process.arch}@0.24.1-pre.42`];

const START_MS = 60_000;
const END_MS = 5_000;
const EX_UNAVAILABLE = 69;

const EX_USAGE = 2;
const values = options();
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mail-proxy-worker-"));
/** What was started and still runs, each leader of a process group of its own. */
const running = new Set();
let ending;

class Unavailable extends Error {}

function options() {
  const usage = "usage: npm run dev:worker -- [--port 8787] [--smtp HOST:PORT] [--database URL]";
  try {
    const known = { port: { type: "string", default: "8787" }, smtp: { type: "string" }, database: { type: "string" } };
    const { values } = parseArgs({ options: known });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
      throw new Error("--port is a number up to 65535");
    if (values.smtp !== undefined && !/^.+:\d+$/.test(values.smtp)) throw new Error("--smtp is HOST:PORT");
    if (values.database !== undefined && !URL.canParse(values.database)) throw new Error("--database is a URL");
    return values;
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(EX_USAGE);
  }
}

/** Before anything is started: wrangler would say it in many words. */
async function refuseBusyPort() {
  const server = createServer().listen(Number(values.port), "127.0.0.1");
  const failure = await once(server, "listening").then(
    () => undefined,
    (error) => error,
  );
  server.close();
  if (failure?.code === "EADDRINUSE") throw new Error(`port ${values.port} is in use; choose another with --port`);
}

/** Paths of programs in npm packages, which npx fetches once and keeps. */
function programs(packages, ...names) {
  const lookups = names.map((name) => `command -v ${name}`).join(" && ");
  const { status, signal, stdout, stderr } = spawnSync("npx", ["-y", ...packages, "-c", lookups], {
    // Another folder, so that npx never takes what it finds in our node_modules.
    cwd: tmpdir(),
    encoding: "utf8",
    // Without a network npm would try for more than a minute.
    env: { ...process.env, npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "3000" },
  });
  if (status === 0) return stdout.trim().split("\n");
  if (signal !== null) throw new Error("interrupted");
  const [, code = "no npx"] = /^npm error code (\S+)/m.exec(stderr ?? "") ?? [];
  throw new Unavailable(`${packages.at(-1)} cannot be had on this machine: ${code}`);
}

function start(command, args, environment = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  running.add(child);
  child.on("error", (error) => end(1, `${command}: ${error.message}`));
  child.on("exit", () => {
    running.delete(child);
    end(1, `${basename(args[0]?.startsWith("/") ? args[0] : command)} has ended`);
  });
  return child;
}

/** Ends what was started here, and nothing else. */
function end(code, words = "") {
  ending ??= (async () => {
    if (words !== "") console.error(words);
    const exits = [...running].map((child) => once(child, "exit"));
    // Each ends what it has started itself; a group is for what does not.
    for (const child of running) child.kill("SIGTERM");
    const ended = Promise.all(exits).then(() => true);
    if (!(await Promise.race([ended, pause(END_MS, false)]))) {
      for (const { pid } of running) process.kill(-pid, "SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  })();
  return ending;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A libSQL server with an empty database, brought up to date by the command that operators use. */
async function startDatabase() {
  const [sqld] = programs(SQLD, "sqld");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  start(sqld, ["--no-welcome", "--http-listen-addr", `127.0.0.1:${port}`, "-d", join(folder, "database")], {
    RUST_LOG: "error",
  });
  const deadline = Date.now() + START_MS;
  while (
    !(await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error("sqld does not answer");
    await pause(20);
  }
  const { status } = spawnSync(join(root, "node_modules/.bin/bun"), ["src/cli/main.ts", "migrate"], {
    cwd: root,
    env: { ...process.env, MAIL_PROXY_HOME: folder, MAIL_PROXY_DATABASE_URL: url },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("the database could not be migrated");
  return url;
}

/** Answers the Worker's address once it listens. */
async function startWorker(settings) {
  const [node, wrangler] = programs(WRANGLER, "node", "wrangler");
  const bindings = join(folder, "bindings.env");
  writeFileSync(
    bindings,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
    { mode: 0o600 },
  );
  const options = ["--test-scheduled", "--ip", "127.0.0.1", "--port", values.port, "--inspector-port", "0"];
  const files = ["--env-file", bindings, "--persist-to", join(folder, "state")];
  const { stdout } = start(node, [wrangler, "dev", ...options, ...files], {
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  });
  return new Promise((resolve) => {
    stdout.setEncoding("utf8").on("data", (text) => {
      process.stdout.write(text);
      const ready = /Ready on (http:\/\/\S+)/.exec(text);
      if (ready) resolve(ready[1]);
    });
  });
}

/** A tenant and an account, so that the first message needs no more than itself. */
async function addAccount(url, token, smtp) {
  const [host, port] = smtp.split(/:(?=\d+$)/);
  const headers = { "X-API-Token": token, "Content-Type": "application/json" };
  for (const [path, body] of [
    ["/tenant", { id: "demo" }],
    ["/account", { id: "default", tenant_id: "demo", host, port: Number(port), use_tls: false }],
  ]) {
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`);
  }
}

/** What the environment says, over what a first try needs; a database that was started here is nobody else's. */
function settingsWith(databaseUrl) {
  const said = Object.entries(process.env).filter(([name]) => name.startsWith("MAIL_PROXY_"));
  return {
    MAIL_PROXY_API_TOKEN: randomBytes(24).toString("base64url"),
    MAIL_PROXY_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    MAIL_PROXY_LOG_DELIVERY_ACTIVITY: "true",
    ...Object.fromEntries(said),
    MAIL_PROXY_DATABASE_URL: databaseUrl,
  };
}

const FIRST = {
  id: "first",
  tenant_id: "demo",
  from: "me@example.com",
  to: ["you@example.com"],
  subject: "Hello",
  body: "It works.",
};

function firstMessage(url, token, smtp) {
  return `
A message, which goes at once to ${values.smtp === undefined ? `an inbox of our own at ${smtp}, and is printed here` : `the SMTP server at ${smtp}`}:
  curl -X POST ${url}/commands/add-messages -H "X-API-Token: ${token}" -H "Content-Type: application/json" -d '${JSON.stringify({ messages: [FIRST] })}'
What became of it, and whether its account can send:
  curl -H "X-API-Token: ${token}" "${url}/messages/${FIRST.id}?tenant_id=demo"
  curl -H "X-API-Token: ${token}" "${url}/account/default?tenant_id=demo"`;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
process.stdout.on("error", () => end(0)); // nobody reads any more
try {
  await refuseBusyPort();
  const settings = settingsWith(values.database ?? (await startDatabase()));
  const { MAIL_PROXY_API_TOKEN: token, MAIL_PROXY_ENCRYPTION_KEY: key, MAIL_PROXY_DATABASE_URL: database } = settings;
  const url = await startWorker(settings);
  let first = "";
  if (values.database === undefined) {
    const smtp = values.smtp ?? (await startInbox());
    await addAccount(url, token, smtp);
    first = firstMessage(url, token, smtp);
  }
  console.log(`
worker     ${url}
token      ${token}
key        ${key}
database   ${database}
${first}
The cron, which Cloudflare would call every minute:
  curl "${url}/__scheduled?cron=*+*+*+*+*"
Ctrl-C ends it.`);
} catch (error) {
  await pause(0); // a signal that broke a program off is heard first, and nothing went wrong then
  await end(error instanceof Unavailable ? EX_UNAVAILABLE : 1, error.message);
}
