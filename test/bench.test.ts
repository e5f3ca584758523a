/** The benchmarks run: at a size that says nothing about speed, each line comes to a figure. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The cells of each row of a Markdown table, without its head. */
function cells(output: string): string[][] {
  const rows = output.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("every benchmark comes to a figure, told with its baseline, its goal and the machine", {
  timeout: 120_000,
}, async () => {
  const args = [at("../bench/run.ts"), "--scale", "0.001"];
  const { stdout } = await promisify(execFile)(at("../node_modules/.bin/bun"), args, { cwd: at("..") });
  expect(stdout).toMatch(/^\d+ cores? .* of memory, .* Bun [\d.]+, .*SYNCHRONOUS=(NORMAL|FULL); 1 round\.$/m);
  expect(stdout).toContain("Scaled to 0.001");

  const rows = cells(stdout);
  expect(rows.map(([what, baseline, goal]) => [what, baseline, goal])).toEqual([
    [
      "enqueue, one message a request, 32 connections, durable",
      "a Hono and Valibot route that stores nothing",
      "at least 0.6",
    ],
    ["the same: the price of durability alone", "our own API with nothing stored behind it", ""],
    ["enqueue, 100 messages a request", "raw multi-row inserts through @libsql/client", "at least 0.5"],
    ["drain, 8 connections to a loopback sink, composed, settled and reported", "worker-mailer alone", "at least 2.5"],
    ["the same", "nodemailer's pool alone", "at least 4"],
    ["claim and settle with 1,000,000 queued", "the same with 10,000", "at least 0.9"],
    ["memory after draining 500,000 messages", "after 50,000", "at most 1.1"],
    ["rate of the last 50,000 of them, taken in, sent and reported", "of the first 50,000", ""],
    ["time from enqueue to the server's 250, idle system, p50", "", "at most 5 ms"],
    ["time from enqueue to the server's 250, idle system, p99", "", "at most 25 ms"],
    ["time from enqueue to the server's 250, p99, beside another tenant's backlog", "the same on a quiet system", ""],
    ["start of the binary to the first answered request, database to be made", "", "at most 150 ms"],
    ["start of the binary to the first answered request, database there", "", "at most 150 ms"],
  ]);
  for (const [what, , , measured] of rows) expect(measured, what).toMatch(/^\d+\.\d+( ms)?$/);
});

test("what the Worker costs comes to figures as well", { timeout: 120_000 }, async ({ skip }) => {
  const args = [at("../bench/run.ts"), "--scale", "0.001", "edge"];
  const run = promisify(execFile)(at("../node_modules/.bin/bun"), args, { cwd: at("..") });
  const { stdout, stderr } = await run.catch((failed: { stdout: string; stderr: string }) => failed);
  if (/cannot be had/.test(stderr)) skip("wrangler or sqld cannot be had on this machine");
  const rows = cells(stdout);
  expect(rows.map(([, baseline]) => baseline)).toEqual(["a request for /health", "a request for /health"]);
  for (const [what, , , measured] of rows) expect(measured, what).toMatch(/^\d+\.\d+$/);
});

test("a line that does not exist is told, with those that do", async () => {
  const run = promisify(execFile)(at("../node_modules/.bin/bun"), [at("../bench/run.ts"), "drian"], { cwd: at("..") });
  await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("enqueue|enqueue-batch|drain") });
});

test("how soon each page of the dashboard answers comes to figures as well", { timeout: 120_000 }, async () => {
  const args = [at("../bench/run.ts"), "--scale", "0.001", "pages"];
  const { stdout } = await promisify(execFile)(at("../node_modules/.bin/bun"), args, { cwd: at("..") });
  const rows = cells(stdout);
  expect(rows.length).toBeGreaterThan(10);
  for (const [what, baseline, goal, measured] of rows) {
    expect([baseline, goal], what).toEqual(["the same with 100", "at most 200 ms"]);
    expect(measured, what).toMatch(/^\d+\.\d+ ms$/);
  }
});
