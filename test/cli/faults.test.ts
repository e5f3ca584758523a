import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { opening } from "../../src/cli/database-fault.ts";
import { describe } from "../../src/cli/describe.ts";
import { Failure } from "../../src/cli/exit.ts";
import { createFolder, instanceNamed, listInstances } from "../../src/cli/home.ts";
import { ConfigError } from "../../src/config.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";

test.each([
  ["stats", ["one", "stats"]],
  ["migrate", ["migrate", "one"]],
  ["start", ["start", "one", "--port", "0"]],
])("a database whose folder is missing is one sentence, not a stack trace: %s", async (_, args) => {
  const { run } = commandLineWithInstance({ MAIL_PROXY_DATABASE_URL: "file:/nonexistent/dir/q.db" });
  const { code, stderr } = await run(...args);
  expect(stderr).toMatch(
    /^mail-proxy: cannot open the database file:\/nonexistent\/dir\/q\.db \(.*\): .*writable.*\n$/,
  );
  expect(code).toBe(1);
});

test("a file that is no database is one sentence, not a stack trace", async () => {
  const { home, run } = commandLineWithInstance();
  writeFileSync(join(home, "one", "queue.db"), "not a database. ".repeat(500));
  const { code, stderr } = await run("one", "tenants", "list");
  expect(stderr).toMatch(/^mail-proxy: cannot open the database file:.*\/one\/queue\.db \(.*not a database\): .*\n$/);
  expect(code).toBe(1);
});

test("a home that is no folder is one sentence that names the way out", async () => {
  const { home, run } = commandLine();
  const file = join(home, "file");
  writeFileSync(file, "");
  const { code, stderr } = await run("--home", file, "start", "one");
  expect(stderr).toMatch(/^mail-proxy: cannot use the folder .*\/file\/one \(ENOTDIR: .*\): .*MAIL_PROXY_HOME\n$/);
  expect(code).toBe(1);
  expect(() => createFolder(instanceNamed(file, "one"))).toThrow(Failure);
  expect(() => listInstances(file)).toThrow(/cannot use the folder .*--home/);
});

test.each([
  ["libsql://user:hunter2@db.example.com/?authToken=hunter2", "libsql://db.example.com "],
  ["https://user/hunter2@db.example.com/hunter2#hunter2", "https://user "],
  ["libsql://user:hunter2/x@db.example.com", "of a URL that is none "],
])("what is told of a database that is away has no secret of its URL: %s", async (url, shown) => {
  const away = opening(url, () => Promise.reject(new Error(`The URL '${url}' is not in a valid format`)));
  const error = await away.catch((thrown: unknown) => thrown);
  expect(describe(error, false)).toContain(`cannot open the database ${shown}`);
  expect(describe(error, true)).not.toContain("hunter2");
});

test("a wrong setting stays one where a database is opened", async () => {
  const error = new ConfigError("MAIL_PROXY_ENCRYPTION_KEY is missing");
  await expect(opening("file:q.db", () => Promise.reject(error))).rejects.toBe(error);
});

test("what nobody foresaw is a sentence, and at debug level also its stack, without the values of a statement", () => {
  const error = new Error("Failed query: insert into t values (?)\nparams: hunter2", { cause: new Error("disk full") });
  expect(describe(error, false)).toBe("disk full (unforeseen; MAIL_PROXY_LOG_LEVEL=debug tells where)");
  expect(describe(error, true)).toMatch(/^disk full\n {4}at .*faults\.test\.ts/);
  expect(describe(error, true)).not.toContain("hunter2");
});

test.each([
  ["a word that is neither a command nor an instance", ["nope"], "nope is neither a command nor an instance"],
  ["a word that is neither a command nor a tenant", ["one", "lags"], "lags is neither a command nor a tenant of one"],
  ["the same with an option", ["one", "lags", "--follow"], "lags is neither a command nor a tenant of one"],
  ["the same with a word behind it", ["one", "nope", "explode"], "nope is neither a command nor a tenant of one"],
  ["a mistyped command", ["lst"], "did you mean list?"],
  ["a mistyped instance", ["on", "stats"], "did you mean one?"],
  ["a mistyped command of an instance", ["one", "tenant", "list"], "did you mean tenants?"],
  ["a command that is about one tenant", ["one", "messages", "list"], "one tenant: mail-proxy one TENANT messages\n"],
  ["an option that is none", ["--hom", "/tmp", "list"], "mail-proxy: unknown option '--hom' (did you mean --home?)\n"],
  ["an option that is none", ["one", "--nope"], "mail-proxy: unknown option '--nope'\n"],
  ["a mistyped inner command", ["one", "tenants", "lst"], "mail-proxy: unknown command 'lst' (did you mean list?)\n"],
  [
    "an option of a command that is none",
    ["list", "--jsn"],
    "mail-proxy: unknown option '--jsn' (did you mean --json?)\n",
  ],
  ["the same of config", ["one", "config", "sett", "PORT"], "mail-proxy: unknown command 'sett' (did you mean set?)\n"],
  ["a name in capitals", ["start", "One"], "(did you mean one?)\n"],
  ["a command as a name", ["start", "list"], "mail-proxy: list is a command and cannot name an instance\n"],
])("%s is a usage error that names it", async (_, args, words) => {
  const { code, stdout, stderr } = await commandLineWithInstance().run(...args);
  expect(stderr).toContain(words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test("a tenant without a command is a usage error that lists the commands", async () => {
  const { run } = commandLineWithInstance();
  await run("one", "tenants", "add", "a");
  expect(await run("one", "a")).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("accounts") });
});

test.each([[["help"]], [["one"]], [["one", "help"]], [["one", "a", "--help"]]])("%j prints the usage", async (args) => {
  const { code, stdout, stderr } = await commandLineWithInstance().run(...args);
  expect(stdout).toMatch(/^Usage: mail-proxy/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("an instance whose run.json is damaged is not running, hides no other one, and starts again", async () => {
  const { home, run, start } = commandLineWithInstance();
  mkdirSync(join(home, "two"));
  writeFileSync(join(home, "one", "run.json"), '{"pid": 12');
  const listed = JSON.parse((await run("list", "--json")).stdout);
  expect(listed).toMatchObject([
    { name: "one", state: "stopped" },
    { name: "two", state: "stopped" },
  ]);
  expect(await run("stop", "one")).toMatchObject({ code: 0, stdout: "one was not running\n" });
  const proxy = start("start", "one", "--port", "0");
  await proxy.printed(/is ready/);
  expect(JSON.parse((await run("status", "one", "--json")).stdout)).toMatchObject({ state: "running" });
});
