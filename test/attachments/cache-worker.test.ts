/** The cache of attachments in workerd, over its real Cache API. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { md5Of } from "../../src/attachments/md5.ts";
import { temporaryFolder } from "../support/database.ts";
import { fetchWrangler, type StartWrangler } from "../support/wrangler.ts";

const PROBE = fileURLToPath(new URL("cache-probe-worker.ts", import.meta.url));
const MB = 1024 * 1024;

/** Calls to the probe's Worker, which is gone when the test ends. */
async function startProbe(start: StartWrangler) {
  const folder = temporaryFolder();
  const config = join(folder, "wrangler.json");
  writeFileSync(config, JSON.stringify({ name: "cache", main: PROBE, compatibility_date: "2026-07-01" }));
  const { url, end } = await start(join(folder, "state"), ["--config", config]);
  onTestFinished(async () => void (await end("SIGTERM")));
  return {
    async get(path: string) {
      const response = await fetch(`${url}/${path}`);
      const { ok, headers } = response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      return {
        bytes: ok ? bytes : undefined,
        isSame: headers.get("X-Same"),
        rooms: headers.get("X-Rooms"),
        left: Number(headers.get("X-Requests-Left")),
      };
    },
    put: async (path: string, body: Uint8Array<ArrayBuffer>) =>
      (await fetch(`${url}/${path}`, { method: "PUT", body })).json(),
  };
}

test("in workerd the next invocation finds what one has put, each tenant its own, for as long as it is kept", {
  timeout: 120_000,
}, async ({ skip }) => {
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const probe = await startProbe(start);
  const bytes = new TextEncoder().encode("an invoice");
  const md5 = await md5Of(bytes, nextTurn);

  expect((await probe.get(`shop/${md5}`)).bytes).toBeUndefined();
  expect(await probe.put(`shop/${md5}`, bytes)).toEqual({ left: 49 });
  // One request of the fifty; the second look is answered by the memory.
  expect(await probe.get(`shop/${md5}`)).toEqual({ bytes, isSame: "true", rooms: "10,10", left: 49 });
  expect((await probe.get(`spy/${md5}`)).bytes).toBeUndefined();

  // What an invocation still needs for its outcomes and reports is left alone.
  expect(await probe.get(`shop/${md5}?requests=23`)).toMatchObject({ bytes: undefined, left: 23 });

  // Content that is not what its name says: one look, one drop, and another look that finds nothing.
  await probe.put(`shop/${"0".repeat(32)}`, bytes);
  expect(await probe.get(`shop/${"0".repeat(32)}`)).toMatchObject({ bytes: undefined, left: 47 });

  const large = crypto.getRandomValues(new Uint8Array(64 * 1024));
  const file = new Uint8Array(25 * MB).map((_, n) => large[n % large.length] ?? 0);
  const known = await md5Of(file, nextTurn);
  await probe.put(`shop/${known}`, file);
  expect(Buffer.compare((await probe.get(`shop/${known}`)).bytes ?? new Uint8Array(), file)).toBe(0);

  await probe.put(`brief/${md5}?ttl=1`, bytes);
  await vi.waitFor(async () => expect((await probe.get(`brief/${md5}`)).bytes).toBeUndefined(), 10_000);
});
