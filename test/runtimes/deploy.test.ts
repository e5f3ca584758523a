/** What `wrangler deploy` would send up, of the proxy and of the example beside it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { page } from "../support/pages.ts";
import { wranglerCommand } from "../support/wrangler.ts";

interface Upload {
  /** Kibibytes. */
  plain: number;
  compressed: number;
  /** Packages that something of is in it. */
  packages: Set<string>;
}

/** Throws where the deployment would be refused. */
async function dryRun(config: string, skip: (why: string) => never): Promise<Upload> {
  const command = await wranglerCommand();
  if ("unavailable" in command) return skip(command.unavailable);
  const [node, wrangler] = command;
  const folder = temporaryFolder();
  const words = ["deploy", "--dry-run", "--config", config, "--outdir", folder, "--metafile"];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
  const { stdout } = await promisify(execFile)(node, [wrangler, ...words], { env });
  const [, plain, compressed] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(stdout) ?? [];
  const { inputs } = JSON.parse(readFileSync(join(folder, "bundle-meta.json"), "utf8")) as { inputs: object };
  const packages = Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return { plain: Number(plain), compressed: Number(compressed), packages: new Set(packages) };
}

test("the Worker can be deployed, and is about as large as the README says", { timeout: 300_000 }, async ({ skip }) => {
  const { plain, compressed, packages } = await dryRun("wrangler.toml", skip);
  const [, told, toldCompressed] = /It is (\d+) KiB \((\d+) KiB\s+compressed\)/.exec(page("README.md")) ?? [];
  expect(plain / Number(told)).toBeCloseTo(1, 1);
  expect(compressed / Number(toldCompressed)).toBeCloseTo(1, 1);
  expect(compressed).toBeLessThan(3 * 1024); // the free plan takes no more
  expect(packages).toContain("postal-mime");
  for (const name of ["imapflow", "smtp-server", "nodemailer", "commander", "libsql"])
    expect(packages).not.toContain(name);
});

test("so can the example that calls it", { timeout: 300_000 }, async ({ skip }) => {
  const { plain } = await dryRun("examples/worker-app/wrangler.toml", skip);
  expect(plain).toBeGreaterThan(0);
});
