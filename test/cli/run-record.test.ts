import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { createFolder, fileOf, type Instance, instanceNamed, readObject, writeText } from "../../src/cli/home.ts";
import { processBirth } from "../../src/cli/process-birth.ts";
import { publishAddress, releaseInstance, running, takeInstance } from "../../src/cli/run-record.ts";
import { temporaryFolder } from "../support/database.ts";

function anInstance(): Instance {
  const instance = instanceNamed(temporaryFolder(), "one");
  createFolder(instance);
  return instance;
}

/** A process that does nothing until the test ends. */
async function anotherProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

function recordOf(instance: Instance, pid: number, birth: string) {
  writeText(fileOf(instance, "run.json"), JSON.stringify({ pid, birth, version: "1", started: "x", url: "http://h" }));
}

test("a running process keeps its instance from another one", async () => {
  const instance = anInstance();
  const pid = await anotherProcess();
  recordOf(instance, pid, processBirth(pid) ?? "");
  expect(running(instance)?.pid).toBe(pid);
  expect(() => takeInstance(instance, "1", 0)).toThrow(`one is running already at http://h (process ${pid})`);
});

test("a process id that was given to another program since keeps nothing", async () => {
  const instance = anInstance();
  recordOf(instance, await anotherProcess(), "an earlier process");
  expect(running(instance)).toBeUndefined();
  expect(takeInstance(instance, "1", 0).pid).toBe(process.pid);
});

test.each(["", "{", "null", '"text"', '{"pid": "1"}'])("a damaged record keeps nothing: %j", (text) => {
  const instance = anInstance();
  writeText(fileOf(instance, "run.json"), text);
  expect(running(instance)).toBeUndefined();
  expect(takeInstance(instance, "1", 0).pid).toBe(process.pid);
});

test("a process that has ended keeps nothing", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const birth = processBirth(pid);
  expect(birth).toBeDefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(processBirth(pid)).toBeUndefined();
});

test("the address is told once it is known, and the record goes with the process", () => {
  const instance = anInstance();
  const record = takeInstance(instance, "1.2.3", 0);
  publishAddress(instance, record, { host: "127.0.0.1", port: 8000, url: "http://127.0.0.1:8000" });
  expect(readObject(fileOf(instance, "run.json"))).toMatchObject({
    pid: process.pid,
    version: "1.2.3",
    started: "1970-01-01T00:00:00.000Z",
    port: 8000,
  });
  releaseInstance(instance);
  expect(readObject(fileOf(instance, "run.json"))).toBeUndefined();
});
