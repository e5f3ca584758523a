/** What `wrangler deploy` would send up, of the proxy and of the example beside it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { page } from "../support/pages.ts";
import { wranglerCommand } from "../support/wrangler.ts";

/** Kibibytes, as they are and compressed; throws where the deployment would be refused. */
async function dryRun(config: string, skip: (why: string) => never): Promise<{ plain: number; compressed: number }> {
  const command = await wranglerCommand();
  if ("unavailable" in command) return skip(command.unavailable);
  const [node, wrangler] = command;
  const words = ["deploy", "--dry-run", "--config", config, "--outdir", temporaryFolder()];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  const { stdout } = await promisify(execFile)(node, [wrangler, ...words], { env });
  const [, plain, compressed] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(stdout) ?? [];
  return { plain: Number(plain), compressed: Number(compressed) };
}

test("the Worker can be deployed, and is about as large as the README says", { timeout: 300_000 }, async ({ skip }) => {
  const { plain, compressed } = await dryRun("wrangler.toml", skip);
  const [, told, toldCompressed] = /It is (\d+) KiB \((\d+) KiB\s+compressed\)/.exec(page("README.md")) ?? [];
  expect(plain / Number(told)).toBeCloseTo(1, 1);
  expect(compressed / Number(toldCompressed)).toBeCloseTo(1, 1);
  expect(compressed).toBeLessThan(3 * 1024); // the free plan takes no more
});

test("so can the example that calls it", { timeout: 300_000 }, async ({ skip }) => {
  const { plain } = await dryRun("examples/worker-app/wrangler.toml", skip);
  expect(plain).toBeGreaterThan(0);
});
