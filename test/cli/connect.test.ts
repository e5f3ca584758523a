import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { quoted, wordsOf } from "../../src/cli/connect/words.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";
import { CTRL_C, ENTER, NO_TERMINAL, programAtTerminal } from "./terminal.ts";

const CTRL_D = "\u0004";
const TAB = "\t";

async function runningServer() {
  const line = commandLine();
  const proxy = line.start("start", "one", "--sandbox", "--port", "0");
  onTestFinished(() => void proxy.child.kill("SIGKILL"));
  const [, url = "", token = ""] = await proxy.printed(/inbox {2}(http:\S+)\/dashboard\/inbox#token=(\S+)/);
  const say = (lines: string[], ...words: string[]) =>
    line.runWith(`${lines.join("\n")}\n`, "one", "connect", ...words);
  return { ...line, url, token, say };
}

test("a pipe of commands speaks with the running server: a message is queued, sent, looked at and deleted", async () => {
  const { say, url, token } = await runningServer();
  const queued = await say([
    'new_message id=m1 from=a@example.com to="Bob <bob@example.net>" subject="Hello, Bob" text=x',
  ]);
  expect(queued).toEqual({ code: 0, stdout: "m1 is queued\n", stderr: "" });
  const status = async () =>
    (await (await fetch(`${url}/messages/m1`, { headers: { "X-API-Token": token } })).json()).status;
  await expect.poll(status, { timeout: 15_000 }).toBe("sent");

  const { code, stdout, stderr } = await say([
    ...["# a comment", "", "status", "stats", "messages --status sent", "message m1", "tenants", "tenant default"],
    ...[
      "accounts",
      "suspend spring",
      "activate spring",
      "run_now",
      "log --limit 2",
      "use default",
      "delete m1",
      "messages",
    ],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^version +\d/m);
  expect(stdout).toMatch(/^ready +0$/m);
  expect(stdout).toMatch(/^m1 +sent .*Hello, Bob/m);
  expect(stdout).toMatch(/^bob@example\.net +to +sent/m);
  expect(stdout).toMatch(/^default +.*sandbox/m);
  expect(stdout).toContain("batch spring of tenant default is suspended; messages that wait: 0");
  expect(stdout).toMatch(/POST \/commands\/run-now +/);
  expect(stdout).toMatch(/message m1 is deleted\nno such messages\n$/);
});

test("a command that fails is told, ends nothing, and is the pipe's exit code", async () => {
  const { say } = await runningServer();
  const { code, stdout, stderr } = await say([
    ...[
      "message nobody",
      "mesages",
      "messages --status lost",
      "new_message colour=red",
      "new_message to=bob",
      "accounts",
    ],
  ]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^default /m);
  expect(stderr).toContain("there is no such message");
  expect(stderr).toContain("unknown command 'mesages' (did you mean messages?)\n");
  expect(stderr).toContain("status must be");
  expect(stderr).toContain('"colour=red" is no field=value');
  expect(stderr).toContain("it was not taken: ");
});

test("a server elsewhere is spoken to with its own token, given or from the first line of the pipe", async () => {
  const { home, say, url, token } = await runningServer();
  expect(await say(["tenants", "exit", "nonsense"], "--url", url, "--token", token)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("default"),
  });
  expect(await say([token, "tenants"], "--url", url, "--token", "-")).toMatchObject({ code: 0, stderr: "" });
  expect(() => statSync(join(home, "one", "history"))).toThrow(); // of a pipe nothing is kept
});

test("the instance's own token is for its own server alone", async () => {
  const { say, url } = await runningServer();
  expect(await say(["tenants"], "--url", url)).toMatchObject({ code: 2, stderr: expect.stringContaining("--token") });
  expect(await say(["tenants"], "--url", url, "--token", "wrong")).toMatchObject({ code: 1 });
});

test.each([
  ["no URL", "localhost:1", 2, "--url must be like"],
  ["nobody there", "http://127.0.0.1:1", 1, "http://127.0.0.1:1 does not answer"],
])("%s is told in a sentence", async (_, url, code, words) => {
  const { runWith } = commandLineWithInstance();
  const ended = await runWith("tenants\n", "one", "connect", "--url", url, "--token", "t");
  expect(ended).toMatchObject({ code, stderr: expect.stringContaining(words) });
});

test("where no server runs the database is spoken with, and what only a server can do is refused", async () => {
  const { run, runWith } = commandLineWithInstance();
  await run("one", "tenants", "add", "shop");
  await run("one", "shop", "accounts", "add", "default", "--host", "127.0.0.1", "--from-address", "shop@example.com");
  const input = "status\nnew_message to=bob@example.net subject=Hi text=x id=m1\ncancel m1\nrun_now\nmessages\n";
  const { code, stdout, stderr } = await runWith(input, "one", "connect");
  expect(code).toBe(1);
  expect(stdout).toContain("none runs; this is its database");
  expect(stdout).toContain("m1 is queued, and goes out once it runs: mail-proxy start one\n");
  expect(stdout).toMatch(/^m1 +canceled/m);
  expect(stderr).toBe("only a running server can send: mail-proxy start one\n");
});

test.skipIf(NO_TERMINAL)("at a terminal it asks field by field, completes with Tab and keeps a history", async () => {
  const { home, run } = commandLineWithInstance();
  await run("one", "tenants", "add", "shop");
  await run("one", "shop", "accounts", "add", "default", "--host", "127.0.0.1");
  const terminal = programAtTerminal(["one", "connect"], { home, environment: { MAIL_PROXY_HOME: home } });
  await terminal.answer("one> ", `new_m${TAB}`);
  await terminal.answer("new_message ", `id=m1${ENTER}`);
  await terminal.answer("To: ", `bob@example.net${ENTER}`);
  await terminal.answer("From (empty: the account's): ", `ann@example.com${ENTER}`);
  await terminal.answer("Subject: ", `Hello, Bob${ENTER}`);
  await terminal.answer("Text: ", `It works.${ENTER}`);
  await terminal.answer("m1 is queued", "");
  await terminal.answer("one> ", `use sh${TAB}`);
  await terminal.answer("use shop ", ENTER);
  await terminal.answer("one/shop> ", `message m${TAB}`);
  await terminal.answer("message m1 ", ENTER);
  await terminal.answer("Hello, Bob", "");
  await terminal.answer("one/shop> ", `nonsense${CTRL_C}`);
  await terminal.answer("one/shop> ", `exp lode${ENTER}`);
  await terminal.answer("one/shop> ", `status${ENTER}${CTRL_D}`);
  const { code, shown } = await terminal.ended;
  expect({ code, shown }).toMatchObject({ code: 0 });
  expect(shown).toContain("unknown command 'exp'");
  expect(shown).not.toContain("unknown command 'nonsense'");
  const history = join(home, "one", "history");
  const said = ["status", "exp lode", "message m1 ", "use shop ", "new_message id=m1"];
  expect(readFileSync(history, "utf8").trimEnd().split("\n")).toEqual(said);
  expect(statSync(history).mode & 0o777).toBe(0o600);
});

test.skipIf(NO_TERMINAL)("whose message it is, is asked first where that is open", async () => {
  const { home, run } = commandLineWithInstance();
  for (const id of ["shop", "crm"]) await run("one", "tenants", "add", id);
  await run("one", "shop", "accounts", "add", "default", "--host", "127.0.0.1", "--from-address", "a@example.com");
  const terminal = programAtTerminal(["one", "connect"], { home, environment: { MAIL_PROXY_HOME: home } });
  await terminal.answer("one> ", `new_message id=m1${ENTER}`);
  await terminal.answer("Tenant: ", `shpo${ENTER}`);
  await terminal.answer("there is no tenant shpo (did you mean shop?)", "");
  await terminal.answer("one> ", `new_message id=m1 from=a@example.com subject=Hi text=x${ENTER}`);
  await terminal.answer("Tenant: ", `shop${ENTER}`);
  await terminal.answer("To: ", `bob@example.net${ENTER}`);
  await terminal.answer("m1 is queued", CTRL_D);
  expect((await terminal.ended).code).toBe(0);
});

test.each([
  ["a  b\tc", ["a", "b", "c"]],
  ['to="Bob <b@c>" x', ["to=Bob <b@c>", "x"]],
  [`'it''s' "a \\"quote\\"" back\\ slash`, ["its", 'a "quote"', "back slash"]],
  ['"open', ["open"]],
  ["", []],
])("%j is cut as a shell does", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
  expect(wordsOf(words.map(quoted).join(" "))).toEqual(words);
});
