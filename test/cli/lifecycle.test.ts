import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { COMMAND_WORDS } from "../../src/cli/home.ts";
import { processBirth } from "../../src/cli/process-birth.ts";
import { rows } from "../../src/db/database.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";

const READY = /is ready: (\S+)/;

async function occupiedPort(): Promise<number> {
  const occupant = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void occupant.close());
  await once(occupant, "listening");
  return (occupant.address() as AddressInfo).port;
}

test("the first start shows the token once, and later ones read it from its file", async () => {
  const { home, start } = commandLine();
  const first = start("start", "one", "--sandbox", "--port", "0");
  await first.printed(READY);
  const token = readFileSync(join(home, "one", "token"), "utf8").trim();
  const [curl] = await first.printed(/curl [\s\S]*'\n/);
  expect(curl).toContain(token);
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);

  const second = start("start", "one");
  const [, url] = await second.printed(READY);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  await second.printed(/X-API-Token: \$\(cat .*one\/token\)/);
  second.child.kill("SIGINT");
  const { code, stdout, stderr } = await second.ended;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain(token);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "after %s nothing is left beside the database: a copy of its file alone is whole",
  async (signal) => {
    const { home, start } = commandLine();
    const at = (name: string) => join(home, "one", name);
    const { child, ended, printed } = start("start", "one", "--sandbox", "--port", "0");
    const [, url] = await printed(READY);
    const token = readFileSync(at("token"), "utf8").trim();
    const ids = Array.from({ length: 1_000 }, (_, n) => `m${n}`);
    const messages = ids.map((id) => ({ id, from: "a@example.com", to: "b@example.com", subject: "s", body: "b" }));
    const headers = { "X-API-Token": token, "Content-Type": "application/json" };
    const body = JSON.stringify({ messages });
    const answer = await fetch(`${url}/commands/add-messages`, { method: "POST", headers, body });
    expect(await answer.json()).toMatchObject({ queued: ids.length });
    expect(statSync(at("queue.db-wal")).size).toBeGreaterThan(0);
    child.kill(signal);
    expect((await ended).code).toBe(0);

    expect(statSync(at("queue.db-wal"), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    const elsewhere = temporaryFolder();
    copyFileSync(at("queue.db"), join(elsewhere, "queue.db"));
    const copy = await openTestDatabase(elsewhere);
    expect(await rows(copy, "select count(*) as messages from messages")).toEqual([{ messages: ids.length }]);
    expect(await rows(copy, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  },
);

test("a busy port is a sentence, and the instance can be started again", async () => {
  const { home, run } = commandLine();
  const port = await occupiedPort();
  const { code, stderr } = await run("start", "one", "--port", String(port));
  expect(code).toBe(1);
  expect(stderr).toBe(`mail-proxy: port ${port} is in use; choose another with --port or MAIL_PROXY_PORT\n`);
  expect(existsSync(join(home, "one", "run.json"))).toBe(false);
});

test("in the background it is listed, keeps others out, restarts with its options, and stops", async () => {
  const { home, run } = commandLine();
  const started = await run("start", "one", "--port", "0", "--background");
  onTestFinished(async () => void (await run("stop", "one")));
  expect(started).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(join(home, "one", "log"), "utf8")).not.toContain(/mpa_\S+/.exec(started.stdout)?.[0]);

  const [listed] = JSON.parse((await run("list", "--json")).stdout);
  expect(listed).toMatchObject({ name: "one", state: "running" });
  expect((await fetch(`${listed.url}/health`)).status).toBe(200);
  expect(await run("start", "one")).toMatchObject({ code: 1, stderr: expect.stringContaining("is running already") });
  expect(await run("delete", "one", "--force")).toMatchObject({ code: 1, stderr: expect.stringContaining("stop one") });

  expect((await run("restart", "one")).code).toBe(0);
  const after = JSON.parse((await run("status", "one", "--json")).stdout);
  expect(after).toMatchObject({ state: "running" });
  expect(after.pid).not.toBe(listed.pid);

  expect(await run("stop", "one")).toMatchObject({ code: 0, stdout: "one has stopped\n" });
  expect((await run("status", "one")).code).toBe(1);
  expect((await run("delete", "one", "--force")).code).toBe(0);
  expect(existsSync(join(home, "one"))).toBe(false);
});

test("a start in the background that fails says why", async () => {
  const { run } = commandLine();
  const port = await occupiedPort();
  const { code, stderr } = await run("start", "one", "--port", String(port), "--background");
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${port} is in use`);
  const again = await run("start", "one", "--background"); // and not what an earlier start has left in the log
  expect(again.stderr).toBe(stderr);
});

test("serve takes everything from the environment and leaves no folder behind that it does not need", async () => {
  const { home, start } = commandLine({
    MAIL_PROXY_API_TOKEN: "token-from-outside",
    MAIL_PROXY_ENCRYPTION_KEY: "00".repeat(32),
    MAIL_PROXY_DATABASE_URL: "file:elsewhere.db",
    MAIL_PROXY_PORT: "0",
  });
  const service = start("serve");
  const [, url] = await service.printed(READY);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  service.child.kill("SIGTERM");
  expect((await service.ended).code).toBe(0);
  expect(existsSync(join(home, "elsewhere.db"))).toBe(true);
  expect(existsSync(join(home, "default"))).toBe(false);
});

test("a wrong key is told at the start", async () => {
  const database = `file:${join(commandLine().home, "shared.db")}`;
  const withKey = (key: string) =>
    commandLineWithInstance({ MAIL_PROXY_ENCRYPTION_KEY: key, MAIL_PROXY_DATABASE_URL: database });
  expect((await withKey("00".repeat(32)).run("one", "tenants", "list")).code).toBe(0);
  const { code, stderr } = await withKey("11".repeat(32)).run("one", "tenants", "list");
  expect(code).toBe(2);
  expect(stderr).toContain("encryption key");
  expect(stderr).not.toContain("11".repeat(32));
});

test("migrate brings an instance's database up to date, once", async () => {
  const { run } = commandLine();
  expect((await run("migrate", "one")).stdout).toMatch(/^applied 0000_/);
  expect((await run("migrate", "one")).stdout).toBe("the database is up to date\n");
});

test.each([
  ["an unknown option", ["list", "--nonsense"]],
  ["a missing argument", ["start"]],
  ["a name that cannot be one", ["start", "../up"]],
  ["a command as a name", ["start", "serve"]],
  ["a value that a setting cannot have", ["start", "one", "--port", "99999"]],
])("%s ends with exit code 2", async (_, args) => {
  const { code, stderr } = await commandLine().run(...args);
  expect(code).toBe(2);
  expect(stderr).not.toBe("");
});

test("a deletion without --force where nobody can be asked deletes nothing", async () => {
  const { home, run } = commandLineWithInstance();
  expect(await run("delete", "one")).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
  expect(existsSync(join(home, "one"))).toBe(true);
});

test("the commands of the help are those that no instance may be called", async () => {
  const { stdout } = await commandLine().run("help");
  const listed = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)\b(?=.* {2})/gm)].map(([, word]) => word);
  expect(listed.toSorted()).toEqual(COMMAND_WORDS.toSorted());
});

test("a token that is replaced while the server runs is known to it after a restart, and everyone is told so", async () => {
  const { run, start } = commandLineWithInstance();
  const proxy = start("start", "one", "--port", "0");
  await proxy.printed(READY);
  const replaced = await run("one", "token", "--regenerate");
  expect(replaced).toMatchObject({ code: 0, stdout: expect.stringMatching(/^mpa_\S+\n$/) });
  expect(replaced.stderr).toBe("the running server still has the old token until: mail-proxy restart one\n");
  const { code, stderr } = await run("one", "run-now");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^mail-proxy: the running server has another token .* until: mail-proxy restart one\n$/);
});

test("run-now where the named process does not listen is a sentence", async () => {
  const { home, run } = commandLineWithInstance();
  const birth = processBirth(process.pid);
  const record = { pid: process.pid, birth, version: "1", started: "x", url: "http://127.0.0.1:9" };
  writeFileSync(join(home, "one", "run.json"), JSON.stringify(record));
  writeFileSync(join(home, "one", "token"), "t");
  const { code, stderr } = await run("one", "run-now");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^mail-proxy: http:\/\/127\.0\.0\.1:9 does not answer: .*\n$/);
});

test("the token can be read and replaced", async () => {
  const { home, run } = commandLineWithInstance();
  expect((await run("one", "token")).code).toBe(1);
  const { stdout } = await run("one", "token", "--regenerate");
  expect(stdout).toMatch(/^mpa_\S+\n$/);
  expect((await run("one", "token")).stdout).toBe(stdout);
  expect(readFileSync(join(home, "one", "token"), "utf8")).toBe(stdout);
});
