/** A Worker's R2 bucket as a store, in workerd. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { fetchWrangler, type StartWrangler } from "../support/wrangler.ts";

const PROBE = fileURLToPath(new URL("bucket-probe-worker.ts", import.meta.url));

async function startProbe(start: StartWrangler) {
  const folder = temporaryFolder();
  const config = join(folder, "wrangler.json");
  const bound = {
    r2_buckets: [{ binding: "FILES", bucket_name: "files" }],
    kv_namespaces: [{ binding: "KV", id: "kv" }],
  };
  writeFileSync(config, JSON.stringify({ name: "bucket", main: PROBE, compatibility_date: "2026-07-01", ...bound }));
  const { url, end } = await start(join(folder, "state"), ["--config", config]);
  onTestFinished(async () => void (await end("SIGTERM")));
  return (method: string, path: string, body?: Uint8Array<ArrayBuffer>) =>
    fetch(`${url}/${path}`, body === undefined ? { method } : { method, body });
}

test("an R2 binding keeps files, whole and in parts, each call one request of the invocation", {
  timeout: 120_000,
}, async ({ skip }) => {
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const ask = await startProbe(start);
  const content = new Uint8Array(25 * 1024 * 1024).map((_, at) => at % 251);

  expect((await ask("PUT", "acme/report.pdf", content)).headers.get("X-Requests")).toBe("1");
  const whole = await ask("GET", "acme/report.pdf");
  expect([whole.headers.get("X-Type"), whole.headers.get("X-Size")]).toEqual([
    "application/pdf",
    String(content.length),
  ]);
  expect(Buffer.compare(new Uint8Array(await whole.arrayBuffer()), content)).toBe(0);
  const part = await ask("GET", "acme/report.pdf?first=250&last=252");
  expect([[...new Uint8Array(await part.arrayBuffer())], part.headers.get("X-Size")]).toEqual([[250, 0, 1], "3"]);
  expect((await ask("GET", "mail/acme/report.pdf?store=r2://FILES")).status).toBe(200);

  for (const path of ["nothing", "..%2Fmail%2Facme%2Freport.pdf"])
    expect(await (await ask("GET", path)).json()).toMatchObject({ permanent: true });
  expect((await ask("DELETE", "acme/report.pdf")).status).toBe(200);
  expect((await ask("DELETE", "acme/report.pdf")).status).toBe(200);
  expect(await (await ask("GET", "acme/report.pdf")).json()).toMatchObject({ permanent: true });

  const refused: [path: string, reason: string][] = [
    ["x?store=r2://NONE", "there is no R2 binding NONE here"],
    ["x?store=r2://KV", "there is no R2 binding KV here"],
    ["x?store=r2://FILES&public", "a store of that kind (r2:) is for the admin token alone to name"],
    ["x?store=file:///srv", "a file: store needs a file system, which there is none of here"],
  ];
  for (const [path, error] of refused)
    expect(await (await ask("GET", path)).json()).toEqual({ permanent: true, error });
});
