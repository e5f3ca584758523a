/** The published client in a Worker, as wrangler runs it: its calls, its errors, its retries, and an abort. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";
import { listen } from "../support/listen.ts";
import { fetchWrangler } from "../support/wrangler.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The first start on a machine fetches wrangler and workerd; later ones take seconds. */
const FIRST_START_MS = 300_000;

const APPLICATION = `
  import { MailProxy, MailProxyError } from "./client/index.js";
  const caught = (error) => ({ isOurs: error instanceof MailProxyError, code: error.code, message: error.message });
  export default {
    async fetch(request, env) {
      const mail = new MailProxy({ url: env.PROXY, token: env.KEY });
      const message = { id: "m", from: "a@example.com", to: "b@example.com", subject: "Hello", text: "Hi." };
      const bound = new MailProxy({ url: env.PROXY, token: env.KEY, fetch: (call) => fetch(call) });
      return Response.json({
        added: await mail.messages.add([message]),
        listed: (await bound.messages.list({ limit: 1 })).messages.map(({ id }) => id),
        refused: await mail.messages.cancel("none").catch(caught),
        aborted: await mail.messages.get("held", { signal: AbortSignal.timeout(50) }).catch(caught),
        late: await new MailProxy({ url: env.PROXY, token: env.KEY, timeoutMs: 50, maxRetries: 0 }).messages.get("held").catch(caught),
        unreachable: await new MailProxy({ url: "http://127.0.0.1:1", token: "t", maxRetries: 0 }).health().catch(caught),
      });
    },
  };`;

test("the client works in a Worker as it does elsewhere", { timeout: FIRST_START_MS }, async ({ skip }) => {
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const { app, call } = await startApp({ SCHEDULER_ACTIVE: "false" });
  await call("POST", "/tenant", { id: "shop" });
  await call("POST", "/account", { id: "default", tenant_id: "shop", host: "smtp.example.com" });
  const { body } = await call("POST", "/tenant/shop/api-key", {});
  const busy = () => Response.json({ ok: false, error: "busy", code: "overloaded" }, { status: 503 });
  const faults: (Response | undefined)[] = [busy(), undefined];
  const PROXY = await listen((request) => {
    if (request.url.endsWith("/held")) return new Promise(() => undefined);
    return faults.length > 0 ? Promise.resolve(faults.shift()) : app.fetch(request);
  });

  const folder = temporaryFolder();
  await promisify(execFile)(at("../../node_modules/.bin/bun"), [
    at("../../.ci/build-client.ts"),
    "--out",
    join(folder, "client"),
  ]);
  writeFileSync(join(folder, "index.js"), APPLICATION);
  const config = {
    name: "shop",
    main: "index.js",
    compatibility_date: "2026-01-01",
    vars: { PROXY, KEY: body.api_key },
  };
  writeFileSync(join(folder, "wrangler.json"), JSON.stringify(config));
  const { url, end } = await start(folder, ["-c", join(folder, "wrangler.json")]);
  onTestFinished(async () => void (await end("SIGTERM")));

  expect(await (await fetch(url)).json()).toEqual({
    added: { ok: true, queued: 1, rejected: [] },
    listed: ["m"],
    refused: { isOurs: true, code: "not_found", message: "there is no such message" },
    aborted: { isOurs: false, code: expect.anything(), message: expect.stringContaining("timeout") },
    late: { isOurs: true, code: "unreachable", message: "no answer within 50 ms" },
    unreachable: { isOurs: true, code: "unreachable", message: "cannot reach http://127.0.0.1:1" },
  });
});
