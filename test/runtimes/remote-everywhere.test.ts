/** The same client on Bun, Deno and workerd: what is lost there is told apart as on Node, and no runtime sends anything twice. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { temporaryFolder } from "../support/database.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { DENO, fetchProgram } from "../support/programs.ts";
import { startSqld } from "../support/sqld.ts";
import { fetchWrangler, type StartWrangler } from "../support/wrangler.ts";
import type { Probed } from "./remote-probe.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = at("remote-probe-program.ts");

/** Each loss comes on a connection that was used before, and on a new one: where a runtime keeps any, the two differ. */
const PLAN: [fault: Fault, outcome: Probed["outcome"]][] = [
  ["drop", "unknown"],
  ["pass", "done"],
  ["drop", "unknown"],
  ["pass", "done"],
  ["unsent", "unknown"],
  ["pass", "done"],
  ["cut", "unknown"],
  ["garble", "unknown"],
  [502, "unknown"],
  [401, "not done"],
  ["pass", "done"],
];
const DONE = PLAN.filter(([fault]) => typeof fault !== "number" && fault !== "unsent").length;

interface Place {
  proxy: FaultProxy;
  count(): Promise<number>;
}

async function place(skip: (why: string) => never): Promise<Place> {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const direct = new RemoteClient({ url: server.url, token: undefined });
  await direct.execute("create table t (n integer)");
  const count = async () => Number((await direct.execute("select count(*) as n from t")).rows[0]?.n);
  return { proxy: await startFaultProxy(server.url), count };
}

async function expectOnce({ proxy, count }: Place, run: (times: number) => Promise<Probed[]>): Promise<void> {
  proxy.next = PLAN.map(([fault]) => fault);
  const probed = await run(PLAN.length);
  expect(probed.map(({ outcome }) => outcome)).toEqual(PLAN.map(([, outcome]) => outcome));
  expect(probed.map(({ message }) => message).join("\n")).not.toMatch(/token-of|127\.0\.0\.1/);
  expect(proxy.requests).toBe(PLAN.length);
  expect(await count()).toBe(DONE);
}

async function runProgram(command: string, words: string[], url: string, times: number): Promise<Probed[]> {
  const { stdout } = await promisify(execFile)(command, [...words, PROGRAM, url, String(times)]);
  return JSON.parse(stdout) as Probed[];
}

test("Bun", async ({ skip }) => {
  const here = await place(skip);
  const bun = at("../../node_modules/.bin/bun");
  await expectOnce(here, (times) => runProgram(bun, [], here.proxy.url, times));
});

test("Deno, which by itself would send again what it lost on a kept connection", { timeout: 120_000 }, async ({
  skip,
}) => {
  const deno = await fetchProgram(DENO, "deno");
  if (deno === undefined) return skip(`${DENO[0]} cannot be had on this machine`);
  const here = await place(skip);
  const words = ["run", "--allow-all", "--no-config", "--node-modules-dir=manual"];
  await expectOnce(here, (times) => runProgram(deno, words, here.proxy.url, times));
});

test("workerd, where an answer that never comes hangs neither its invocation nor the next", {
  timeout: 120_000,
}, async ({ skip }) => {
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const here = await place(skip);
  const worker = await startWorker(start);
  const run = async (times: number) => {
    const response = await fetch(`${worker}/?url=${encodeURIComponent(here.proxy.url)}&times=${times}`);
    return (await response.json()) as Probed[];
  };
  await expectOnce(here, run);
  here.proxy.next = ["hold"];
  expect(await run(1)).toMatchObject([{ outcome: "unknown", message: expect.stringMatching(/^TIMEOUT: /) }]);
  expect(here.proxy.abandoned).toBe(1);
  expect(await run(2)).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
});

/** The probe's Worker in workerd, gone when the test ends; answers its address. */
async function startWorker(start: StartWrangler): Promise<string> {
  const folder = temporaryFolder();
  const config = join(folder, "wrangler.json");
  const settings = { name: "probe", main: at("remote-probe-worker.ts"), compatibility_date: "2026-07-01" };
  writeFileSync(config, JSON.stringify(settings));
  const { url, end } = await start(join(folder, "state"), ["--config", config]);
  onTestFinished(async () => void (await end("SIGTERM")));
  return url;
}
