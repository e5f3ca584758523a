import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { candidates } from "../../src/cli/completion/complete.ts";
import { createProgram } from "../../src/cli/program.ts";
import { commandLineWithTenant } from "./instance.ts";
import { commandLine, programWith } from "./program.ts";
import { commandAtTerminal, ENTER, NO_TERMINAL, type Terminal } from "./terminal.ts";

async function withNames(environment: Record<string, string> = {}) {
  const line = await commandLineWithTenant(environment);
  await line.addAccount("main", 25);
  await line.addAccount("relay@example.com", 25);
  await line.addAccount("eu:relay", 25);
  await line.add({ id: "order-19", account_id: "main" });
  const words = async (...typed: string[]) => {
    const found = await candidates(createProgram(), ["--home", line.home, ...typed]);
    return found.map(({ value }) => value);
  };
  return { ...line, words };
}

test("commands, names out of the database, options and their values are completed, each where it may stand", async () => {
  const { words } = await withNames();
  expect(await words("sta")).toEqual(["status", "start"]);
  expect(await words("o")).toEqual(["one"]);
  expect(await words("status", "")).toEqual(["one"]);
  expect(await words("one", "s")).toEqual(["stats", "shop"]);
  expect(await words("one", "tenants", "show", "")).toEqual(["shop"]);
  expect(await words("one", "tenants", "add", "")).toEqual([]);
  expect(await words("one", "shop", "acc")).toEqual(["accounts"]);
  expect(await words("one", "shop", "accounts", "test", "")).toEqual(["eu:relay", "main", "relay@example.com"]);
  expect(await words("one", "shop", "accounts", "test", "main", "")).toEqual([]);
  expect(await words("one", "shop", "messages", "show", "order")).toEqual(["order-19"]);
  expect(await words("one", "shop", "messages", "list", "--status", "s")).toEqual(["sending", "sent"]);
  expect(await words("one", "shop", "messages", "list", "--account", "m")).toEqual(["main"]);
  expect(await words("one", "shop", "accounts", "add", "x", "--limit-h")).toEqual(["--limit-hour"]);
  expect(await words("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(await words("one", "shop", "send", "mail")).toEqual([":files"]);
});

test("where there is nothing, nothing is told, and nothing is made", async () => {
  const { home, run } = commandLine();
  const nothing = { code: 0, stdout: "", stderr: "" };
  expect(await run("__complete", "nope", "tenants", "show", "")).toEqual(nothing);
  mkdirSync(join(home, "one"));
  expect(await run("__complete", "one", "tenants", "show", "")).toEqual(nothing);
  expect(existsSync(join(home, "one", "queue.db"))).toBe(false);
  writeFileSync(join(home, "one", "config.json"), "{");
  expect(await run("__complete", "one", "tenants", "show", "")).toEqual(nothing);
});

test("a database that is away keeps nobody waiting", async () => {
  const { home, run } = commandLine({ MAIL_PROXY_DATABASE_URL: "http://192.0.2.1:8080" });
  mkdirSync(join(home, "one"));
  const before = performance.now();
  expect(await run("__complete", "one", "tenants", "show", "")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(performance.now() - before).toBeLessThan(5_000); // no connection is refused there, so a time-out ends it
});

test("a shell that is not known is a usage error", async () => {
  expect(await commandLine().run("completion", "tcsh")).toMatchObject({ code: 2, stdout: "" });
});

/** The home of `withNames` with a `mail-proxy` in its PATH, and the shell's script in a file. */
async function inShell(shell: "bash" | "zsh" | "fish") {
  const line = await withNames();
  const bin = join(line.home, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "mail-proxy"),
    `#!/bin/sh\nexec ${programWith([])
      .map((word) => `'${word}'`)
      .join(" ")} "$@"\n`,
  );
  chmodSync(join(bin, "mail-proxy"), 0o755);
  const script = join(line.home, `completion.${shell}`);
  writeFileSync(script, (await line.run("completion", shell)).stdout);
  writeFileSync(join(line.home, "letter.eml"), "");
  const PATH = `${bin}${delimiter}${process.env.PATH}`;
  return { home: line.home, script, environment: { PATH, PS1: "ready> " } };
}

function missing(shell: string): string | undefined {
  return NO_TERMINAL ?? (spawnSync(shell, ["--version"]).status === 0 ? undefined : `${shell} is not installed`);
}

/** What is typed at the shell's prompt, and the line that is there after Tab. */
const LINES: readonly [string, string][] = [
  ["mail-proxy one shop acc", "mail-proxy one shop accounts"],
  ["mail-proxy one shop accounts show ma", "mail-proxy one shop accounts show main"],
  ["mail-proxy one shop accounts show relay@ex", "mail-proxy one shop accounts show relay@example.com"],
  ["mail-proxy one shop accounts show relay@", "mail-proxy one shop accounts show relay@example.com"],
  ["mail-proxy one shop accounts show eu", "mail-proxy one shop accounts show eu:relay"],
  ["mail-proxy one shop accounts show eu:", "mail-proxy one shop accounts show eu:relay"],
  ["mail-proxy one shop accounts show eu:re", "mail-proxy one shop accounts show eu:relay"],
  ["mail-proxy one shop accounts add --auth-method cram", "mail-proxy one shop accounts add --auth-method cram-md5"],
  ["mail-proxy one shop send let", "mail-proxy one shop send letter.eml"],
];

const TAB = "\t";
const TO_ITS_BEGIN = "\u0001";

/** Lets the shell itself say which line it has after Tab. */
async function expectCompletion(shell: Terminal, setUp: string): Promise<void> {
  await shell.answer("ready> ", setUp + ENTER);
  for (const [typed, completed] of LINES) {
    await shell.answer("ready> ", `${typed}${TAB}${TO_ITS_BEGIN}echo got: ${ENTER}`);
    await shell.answer(`got: ${completed}\r\n`, "");
  }
  await shell.answer("ready> ", `exit${ENTER}`);
  expect((await shell.ended).code).toBe(0);
}

test.skipIf(missing("bash"))("bash completes", async () => {
  const { home, script, environment } = await inShell("bash");
  const shell = commandAtTerminal(["bash", "--norc", "--noprofile", "-i"], { home, columns: 200, environment });
  await expectCompletion(shell, `source ${script}`);
});

test.skipIf(missing("zsh"))("zsh completes", async () => {
  const { home, script, environment } = await inShell("zsh");
  const shell = commandAtTerminal(["zsh", "-f", "-i"], { home, columns: 200, environment });
  await expectCompletion(shell, `autoload -Uz compinit; compinit -u; source ${script}`);
});

test.skipIf(missing("fish"))("fish completes", async () => {
  const { home, script, environment } = await inShell("fish");
  for (const [typed, completed] of LINES) {
    const run = spawnSync("fish", ["--no-config", "-c", `source ${script}; complete -C '${typed}'`], {
      cwd: home,
      env: { ...environment, HOME: home, MAIL_PROXY_HOME: home },
      encoding: "utf8",
    });
    const word = completed.split(" ").at(-1);
    expect(run.stdout.split("\n").map((line) => line.split("\t")[0])).toContain(word);
  }
});
