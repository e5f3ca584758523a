// Proves that a built binary works on its own: run from an empty folder with an empty HOME and nothing else in reach.
//   node .ci/smoke.mjs BINARY RESULTS.json
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const LIMIT_MS = 60_000;
const [binary, resultsPath] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "mail-proxy-smoke-"));
const work = join(folder, "work");
const home = join(folder, "home");
for (const path of [work, home]) mkdirSync(path);
const program = join(folder, "mail-proxy");
copyFileSync(resolve(binary), program);

/** Starts the binary; `stdout` grows as it prints, `ended` holds its exit code. */
function start(...args) {
  const child = spawn(program, args, {
    cwd: work,
    env: { HOME: home, TMPDIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const run = { child, stdout: "", ended: undefined };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    run.stdout += text;
  });
  run.ended = new Promise((end, fail) => child.on("error", fail).on("close", end));
  return run;
}

async function output(...args) {
  const run = start(...args);
  assert.equal(await run.ended, 0, `mail-proxy ${args.join(" ")} ended with another exit code`);
  return run.stdout;
}

/** Answers what `look` finds, as soon as it finds something. */
async function until(what, look) {
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await pause(50);
  }
  throw new Error(`waited in vain for ${what}`);
}

const results = { numPassedTests: 0, numFailedTests: 0 };
async function check(promise, prove) {
  try {
    await prove();
    results.numPassedTests += 1;
    console.log(`ok - ${promise}`);
  } catch (error) {
    results.numFailedTests += 1;
    console.log(`not ok - ${promise}\n${error.stack}`);
    throw error;
  }
}

let proxy;
try {
  await check("the binary tells its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.match(await output("version"), new RegExp(`^mail-proxy ${version.replaceAll(".", "\\.")}\\b`));
  });

  proxy = start("start", "default", "--sandbox", "--port", "0");
  let curl;
  let url;
  await check("its first start prints a curl, and /health answers", async () => {
    curl = await until("the printed curl", () => /curl [\s\S]*\}'\n/.exec(proxy.stdout)?.[0]);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(curl)[0];
    assert.equal((await fetch(`${url}/health`)).status, 200);
  });

  const token = () => /X-API-Token: ([^"]+)"/.exec(curl)[1];
  await check("the printed curl is accepted", async () => {
    const body = /-d '([\s\S]*)'\n/.exec(curl)[1].replace("'$(date +%s)'", "1");
    const headers = { "X-API-Token": token(), "Content-Type": "application/json" };
    const answer = await fetch(`${url}/commands/add-messages`, { method: "POST", headers, body });
    assert.deepEqual(await answer.json(), { ok: true, queued: 1, rejected: [] });
  });

  await check("the mail arrives in the sandbox inbox", async () => {
    const [mail] = await until("the mail", async () => {
      const answer = await fetch(`${url}/inbox/messages`, { headers: { "X-API-Token": token() } });
      const { messages } = await answer.json();
      return messages.length > 0 && messages;
    });
    assert.equal(mail.subject, "Hello, Bob");
  });

  await check("SIGTERM ends it with exit code 0", async () => {
    proxy.child.kill("SIGTERM");
    assert.equal(await proxy.ended, 0);
  });

  await check("it runs in the background, is seen there, and stops", async () => {
    assert.ok(!(await output("start", "default", "--background")).includes(token()), "the token was shown twice");
    assert.equal(JSON.parse(await output("status", "default", "--json")).state, "running");
    await output("stop", "default");
  });

  await check("the demo delivers and reports everything", async () => {
    assert.match(await output("demo"), /delivered {2}200 [\s\S]*reported {3}200 /);
  });

  await check("it leaves nothing in the folder that it was started in", () => assert.deepEqual(readdirSync(work), []));
} catch {
  process.exitCode = 1; // told above
} finally {
  proxy?.child.kill("SIGKILL");
  writeFileSync(resultsPath, JSON.stringify(results));
  rmSync(folder, { recursive: true, force: true });
}
