/** The program as it is built for Node and Deno: that all of it works there; the conformance suite (suite.ts) holds it to more. */
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { serveWith } from "../support/binary.ts";
import { temporaryFolder } from "../support/database.ts";
import { DENO_RUNTIME, RUNTIMES, type Runtime } from "./runtimes.ts";
import { build } from "./targets/build.ts";

const SCRIPT = "mail-proxy.mjs";
const THREAD = "database-thread.mjs";
const MESSAGE = {
  id: "m1",
  tenant_id: "default",
  from: "a@example.com",
  to: "b@example.com",
  subject: "Hi",
  body: "x",
};

let built: string;
beforeAll(async () => {
  let remove: () => unknown = () => undefined;
  built = await build((end) => {
    remove = end;
  }, "--node");
  return () => void remove();
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command line of the program, in a home of its own or in the one given. */
function run([command = "", ...words]: string[], home = temporaryFolder()): Promise<Ended> {
  const env = { PATH: process.env.PATH ?? "", HOME: home, MAIL_PROXY_HOME: home };
  return new Promise((resolve) => {
    const child = execFile(command, words, { cwd: home, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** A copy of these files where there is no driver of libSQL. */
function copyOf(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) copyFileSync(join(built, name), join(folder, name));
  return join(folder, SCRIPT);
}

async function wordsOf({ name, command }: Runtime, { skip }: TestContext): Promise<string[]> {
  return (await command()) ?? skip(`${name} cannot be had on this machine`);
}

describe.each(RUNTIMES)("on $name", (runtime) => {
  test("serve takes a message, delivers it, and ends in order", async (context) => {
    const words = await wordsOf(runtime, context);
    const proxy = serveWith([...words, join(built, SCRIPT)], temporaryFolder(), { SANDBOX: "true" });
    onTestFinished(proxy.kill);
    const added = await proxy.call("POST", "/commands/add-messages", { messages: [MESSAGE] });
    expect(added).toMatchObject({ status: 200, body: { ok: true, queued: 1 } });
    const subjects = async () => (await proxy.call("GET", "/inbox/messages")).body.messages;
    await expect.poll(subjects, { timeout: 10_000 }).toMatchObject([{ subject: "Hi" }]);
    expect(await proxy.stop()).toBe(0);
  });

  test("an instance in the background is a process of the same runtime, which a stop ends", async (context) => {
    const program = [...(await wordsOf(runtime, context)), join(built, SCRIPT)];
    const home = temporaryFolder();
    onTestFinished(async () => void (await run([...program, "stop", "one"], home)));
    const started = await run([...program, "start", "one", "--port", "0", "--background"], home);
    expect(started).toMatchObject({ code: 0, stderr: "" });
    const [, url] = /is ready: (\S+)/.exec(started.stdout) ?? [];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await run([...program, "stop", "one"], home)).toMatchObject({ code: 0, stdout: "one has stopped\n" });
  });

  test("without libSQL's driver, a file cannot be opened: a sentence says what to install", async (context) => {
    const words = await wordsOf(runtime, context);
    for (const command of [["serve"], ["migrate"]]) {
      const { code, stderr } = await run([...words, copyOf(SCRIPT, THREAD), ...command]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^mail-proxy: cannot open the database .* libsql must be installed .*\n$/);
    }
  });

  test("without its second file it says that there is no thread, and does not hang", async (context) => {
    const words = await wordsOf(runtime, context);
    const { code, stderr } = await run([...words, copyOf(SCRIPT), "serve"]);
    expect(code).toBe(1);
    // Deno says it in its own words before.
    expect(stderr).toMatch(
      /^mail-proxy: cannot open the database .*the database thread failed: .*database-thread.mjs/m,
    );
  });
});

test("Deno without its permissions is told in a sentence which it needs", async (context) => {
  const [deno = "", runs = ""] = await wordsOf(DENO_RUNTIME, context);
  expect(await run([deno, runs, "--allow-env", "--allow-net", join(built, SCRIPT), "serve"])).toEqual({
    code: 1,
    stdout: "",
    stderr: "mail-proxy: Deno gives it no permission for read, write, sys, run, ffi: start it with deno run -A\n",
  });
});
