import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lastLines } from "../../src/cli/log-file.ts";
import { lineFilter } from "../../src/cli/log-lines.ts";
import { temporaryFolder } from "../support/database.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";

const object = (values: object) =>
  `${JSON.stringify({ ts: "2026-11-21T10:00:00.000Z", level: "info", logger: "mail-proxy.dispatch", message: "x", ...values })}\n`;
const record = (level: string, text: string) => `2026-11-21T10:00:00.000Z [${level}] dispatch: ${text}\n`;

function withLog(text: string) {
  const line = commandLineWithInstance();
  const path = join(line.home, "one", "log");
  writeFileSync(path, text);
  return { ...line, path };
}

test("the last lines are shown, as many as are asked for", async () => {
  const all = Array.from({ length: 60 }, (_, index) => record("inf", `line ${index}`)).join("");
  const { run } = withLog(all);
  expect((await run("one", "logs")).stdout).toBe(all.split("\n").slice(10).join("\n"));
  expect((await run("one", "logs", "--lines", "2")).stdout).toBe(record("inf", "line 58") + record("inf", "line 59"));
});

test("a line is shown whole, also where more than one block of the file is read", async () => {
  const path = join(temporaryFolder(), "log");
  const all = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(1000)}`);
  writeFileSync(path, `${all.join("\n")}\n`);
  for (let count = 60; count < 70; count++) {
    const { lines } = await lastLines(path, count, () => lineFilter({}));
    expect(lines).toEqual(all.slice(-count));
  }
});

test("a level keeps what is worse too, with the lines that belong to it", async () => {
  const fault = `${record("err", "it broke")}    at somewhere\n`;
  const padding = record("inf", "x".repeat(1000)).repeat(200);
  const { run } = withLog(`${record("wrn", "careful")}${fault}${padding}`);
  expect(await run("one", "logs", "--level", "error")).toEqual({ code: 0, stdout: fault, stderr: "" });
  expect((await run("one", "logs", "--level", "warning")).stdout).toBe(record("wrn", "careful") + fault);
});

test.each([
  ["trace", "trc"],
  ["debug", "dbg"],
  ["info", "inf"],
  ["warning", "wrn"],
  ["error", "err"],
  ["fatal", "ftl"],
] as const)("the level %s is told by %s", (level, abbreviation) => {
  for (const line of [record(abbreviation, "x"), object({ level })]) {
    expect(lineFilter({ level })(line)).toBe(true);
    expect(lineFilter({ level: "fatal" })(line)).toBe(level === "fatal");
  }
});

test("what is logged from now on is followed, across truncation and rotation, until Ctrl-C", async () => {
  const { start, path } = withLog(record("inf", "old"));
  const logs = start("one", "logs", "-f", "--level", "info");
  await logs.printed(/old/);
  appendFileSync(path, record("dbg", "hidden") + record("inf", "appended"));
  await logs.printed(/appended/);
  truncateSync(path);
  appendFileSync(path, record("inf", "cut"));
  await logs.printed(/cut/);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, record("inf", "a last word"));
  writeFileSync(path, record("inf", "rotated"));
  await logs.printed(/rotated/);
  appendFileSync(path, "2026-11-21T10:00:00.000Z [inf] half");
  appendFileSync(path, " a line\n");
  await logs.printed(/half a line/);
  logs.child.kill("SIGINT");
  const { code, stdout } = await logs.ended;
  expect(code).toBe(130);
  expect(stdout.match(/(old|hidden|appended|cut|a last word|rotated|half a line)$/gm)).toEqual([
    ...["old", "appended", "cut", "a last word", "rotated", "half a line"],
  ]);
});

const STORY = [
  record("inf", "message order-17 of tenant shop was accepted (request call-1)"),
  object({ tenant_id: "shop", message_id: "order-17", pk: "0190", request_id: "call-1" }),
  record("wrn", "message order-170 of tenant shopping failed: 550 no (request call-10)"),
  object({ level: "warning", tenant_id: "shopping", message_id: "order-170", pk: "0191", request_id: "call-10" }),
  record("inf", "report of 2 events to tenant shop: 200 in 5 ms (requests call-0, call-1)"),
  object({ tenant_id: "shop", events: 2, request_ids: ["call-0", "call-1"] }),
  object({ tenant_ids: ["shop"], message_ids: ["order-17"], pks: ["0190"] }),
  record("err", "it broke: message order-17x is none"),
  "    at somewhere\n",
];

test.each<[what: string, options: string[], wanted: number[]]>([
  ["a message", ["--message", "order-17"], [0, 1, 6]],
  ["a message by its pk, where the lines are JSON", ["--message", "0191"], [3]],
  ["a tenant", ["--tenant", "shop"], [0, 1, 4, 5, 6]],
  ["a call", ["--request", "call-1"], [0, 1, 4, 5]],
  ["both, at a level", ["--tenant", "shopping", "--message", "order-170", "--level", "warning"], [2, 3]],
  ["a level, in either format", ["--level", "warning"], [2, 3, 7, 8]],
  ["what is not there", ["--message", "a.*"], []],
])("only what is about %s is shown", async (_, options, wanted) => {
  const { run } = withLog(STORY.join(""));
  expect((await run("one", "logs", ...options)).stdout).toBe(wanted.map((at) => STORY[at]).join(""));
});

test("an object that was cut off by a crash belongs to the line above it, and what follows is read", async () => {
  const lines = [object({ level: "error", message: "it" }), '{"ts":"2026-11-21T10:00:00.000Z","lev\n', object({})];
  const { run } = withLog(lines.join(""));
  expect((await run("one", "logs", "--level", "error")).stdout).toBe(lines.slice(0, 2).join(""));
});

test("with LOG_FORMAT=json the log is objects, followed like lines of text", async () => {
  const { run, start } = commandLine({ MAIL_PROXY_LOG_FORMAT: "json" });
  onTestFinished(async () => void (await run("stop", "one")));
  await run("start", "one", "--port", "0", "--background");
  const logs = start("one", "logs", "-f", "--level", "info");
  await run("stop", "one");
  const [line] = await logs.printed(/^\{"ts":.*stopped.*$/m);
  expect(JSON.parse(line)).toMatchObject({ level: "info", logger: "mail-proxy", message: "stopped" });
});

test("one in the background logs what the command shows; in the foreground, this is the log of an earlier run", async () => {
  const { run, start } = commandLine();
  onTestFinished(async () => void (await run("stop", "one")));
  expect((await run("start", "one", "--port", "0", "--background")).code).toBe(0);
  expect(await run("one", "logs")).toMatchObject({ code: 0, stdout: expect.stringContaining("is ready"), stderr: "" });
  await run("stop", "one");
  expect((await run("one", "logs", "--level", "info")).stdout).toMatch(/^\S+ \[inf\] .*stopped\n/m);
  await start("start", "one").printed(/is ready/);
  expect((await run("one", "logs")).stderr).toContain("this is the log of an earlier run");
});

test("one that only ever ran in the foreground says where its log goes", async () => {
  const { run, start } = commandLine();
  await start("start", "two", "--port", "0").printed(/is ready/);
  expect(await run("two", "logs")).toMatchObject({ code: 1, stderr: expect.stringContaining("in the foreground") });
});

test.each([
  ["an instance that never ran in the background", [], 1, "has no log yet"],
  ["a number that is none", ["--lines", "many"], 2, "--lines must be"],
  ["a level that is none", ["--level", "loud"], 2, "--level must be one of"],
])("%s is told in a sentence", async (_, options, code, words) => {
  const { run } = commandLineWithInstance();
  expect(await run("one", "logs", ...options)).toMatchObject({ code, stderr: expect.stringContaining(words) });
});
