/** The application in examples/worker-app, as wrangler runs it beside the proxy's Worker: an order is placed, its mail arrives. */
import { expect, onTestFinished, test } from "vitest";
import { ADMIN_TOKEN, ENCRYPTION_KEY, startApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { startSqld } from "../support/sqld.ts";
import { fetchWrangler } from "../support/wrangler.ts";

/** The first start on a machine fetches wrangler, workerd and sqld; later ones take seconds. */
const FIRST_START_MS = 300_000;
/** The first one is asked; what it binds by name is found in the others. */
const CONFIGS = ["-c", "examples/worker-app/wrangler.toml", "-c", "wrangler.toml"];

test("a Worker enqueues over a service binding, and its mail arrives", { timeout: FIRST_START_MS }, async ({
  skip,
}) => {
  const database = await startSqld();
  if ("unavailable" in database) return skip(database.unavailable);
  const start = await fetchWrangler();
  if ("unavailable" in start) return skip(start.unavailable);
  const server = await startSmtpServer();
  const settings = {
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "true", // a file of bindings would reach the first Worker alone
    MAIL_PROXY_API_TOKEN: ADMIN_TOKEN,
    MAIL_PROXY_ENCRYPTION_KEY: ENCRYPTION_KEY,
    MAIL_PROXY_DATABASE_URL: database.url,
    MAIL_PROXY_KEY: await keyOfShop(database.url, server.port),
  };

  const { url: shop, end } = await start(temporaryFolder(), CONFIGS, settings);
  onTestFinished(async () => void (await end("SIGTERM")));
  const ordered = await order(shop, { number: 1, email: "bob@example.com" });
  expect(ordered).toEqual({ status: 201, body: { number: 1, mail: "queued" } });
  await server.until(() => server.messages.length > 0);
  expect(server.messages).toMatchObject([{ recipients: ["bob@example.com"] }]);
  expect(server.messages[0]?.wire).toContain("Subject: Your order 1\r\n");

  const nowhere = await order(shop, { number: 2, email: "nobody" });
  expect(nowhere).toMatchObject({ status: 422, body: { error: expect.stringMatching(/^to: /) } });
});

/** A tenant with an account; the same code in this process, which takes in and does not send, migrates and sets it up. */
async function keyOfShop(databaseUrl: string, port: number): Promise<string> {
  const { call, stop } = await startApp({ DATABASE_URL: databaseUrl, SCHEDULER_ACTIVE: "false" });
  await call("POST", "/tenant", { id: "shop" });
  await call("POST", "/account", { id: "default", tenant_id: "shop", host: "127.0.0.1", port, use_tls: false });
  const { body } = await call("POST", "/tenant/shop/api-key", {});
  await stop();
  return String(body.api_key);
}

async function order(shop: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${shop}/orders`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
