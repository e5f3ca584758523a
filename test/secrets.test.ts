/** No secret leaves: whatever is given to the proxy appears in no log line, answer, event or log of commands. */
import { expect, test } from "vitest";
import { rows } from "../src/db/database.ts";
import { jsonLine, textLine } from "../src/logs/line.ts";
import { LETTER, plain, startIngress } from "./ingress/support.ts";
import { endpoint } from "./reports/support.ts";
import { ADMIN_TOKEN, ENCRYPTION_KEY, startApp } from "./support/app.ts";
import { type WatchedLog, watchLog } from "./support/log.ts";
import { startSmtpServer } from "./support/smtp-server.ts";

const SECRETS = {
  password: "smtp-pässword-1f",
  wrongPassword: "wrong-password-2e",
  imapPassword: "imap-password-3d",
  clientToken: "client-token-4c",
  clientPassword: "client-password-5b",
  webhookSecret: `whsec_${btoa("webhook-secret-of-24-by!")}`,
};

/** How a secret could show: as it is, and as SMTP, HTTP and URLs write it. */
function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const utf8 = String.fromCharCode(...bytes);
  return [secret, btoa(utf8), btoa(`\0me\0${utf8}`), btoa(`me:${utf8}`), encodeURIComponent(secret)];
}

/** Every line in either format, and whatever a record holds beside. */
function linesOf({ records }: WatchedLog): string[] {
  return records.flatMap((record) => [textLine(record), jsonLine(record), JSON.stringify(record)]);
}

test("every secret given to it is absent from logs at debug level, answers, events and the command log", async () => {
  const log = await watchLog("trace");
  // A server that repeats what it was told, and an endpoint that does so too.
  const server = await startSmtpServer({
    extensions: ["AUTH PLAIN"],
    answer: ({ verb, line }) =>
      verb === "AUTH" && !line.endsWith(btoa("\0me\0smtp-p\u00c3\u00a4ssword-1f"))
        ? `535 5.7.8 no: ${line}`
        : undefined,
  });
  const client = await endpoint(({ headers }) => ({ status: 500, body: { said: headers } }));
  const app = await startApp({ LOG_LEVEL: "debug", LOG_DELIVERY_ACTIVITY: "true" });
  const answers: unknown[] = [];
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const answer = await app.call(method, path, body, token);
    answers.push(answer.body);
    return answer;
  };

  const { clientToken, clientPassword, webhookSecret, password, wrongPassword, imapPassword } = SECRETS;
  const clientAuth = { method: "basic", user: "me", password: clientPassword, token: clientToken };
  await call("POST", "/tenant", {
    id: "acme",
    client_base_url: client.url,
    client_auth: clientAuth,
    webhook_secret: webhookSecret,
  });
  const account = {
    id: "default",
    tenant_id: "acme",
    host: "127.0.0.1",
    port: server.port,
    tls: "none",
    user: "me",
    imap_password: imapPassword,
  };
  await call("POST", "/account", { ...account, password: wrongPassword });
  const { body: made } = await app.call("POST", "/tenant/acme/api-key", {});
  const key = String(made.api_key);
  await call(
    "POST",
    "/commands/add-messages",
    { messages: [{ id: "m", from: "a@example.com", to: "b@example.net", body: "x" }] },
    key,
  );
  await server.until(() => server.lines.some((line) => line.startsWith("AUTH")));
  while (!JSON.stringify((await call("GET", "/accounts")).body).includes("535"))
    await new Promise((resolve) => setTimeout(resolve, 5));
  await call("POST", "/account", { id: "default", tenant_id: "acme", password });
  await app.until("m", "sent");
  await client.called(1);
  // And what is wrong with them: refused requests repeat nothing either.
  await call("POST", "/account", { ...account, password, pasword: wrongPassword });
  await call("PUT", "/tenant/acme", { client_auth: { ...clientAuth, method: "nonsense" } });
  await call("GET", "/tenants", undefined, "not-a-token");
  for (const path of [
    "/tenants",
    "/tenant/acme",
    "/account/default?tenant_id=acme",
    "/messages/m",
    "/tenants/sync-status",
    "/status",
    "/instance",
    "/metrics-",
    "/command-log",
  ]) {
    await call("GET", path);
  }
  await app.stop();

  const again = await startApp({ SCHEDULER_ACTIVE: "false" }, app.folder);
  const stored = await Promise.all(
    ["messages", "events", "command_log", "instance", "syncs", "counters", "accounts", "tenants"].map((table) =>
      rows(again.db, `select * from ${table}`),
    ),
  );
  expect(log.records.length).toBeGreaterThan(2);
  const everything = [
    ...linesOf(log),
    ...answers.map((answer) => JSON.stringify(answer)),
    ...stored.map((table) => JSON.stringify(table)),
  ];
  for (const [name, secret] of Object.entries({ ...SECRETS, key, ADMIN_TOKEN, ENCRYPTION_KEY })) {
    for (const spelling of spellings(secret)) {
      expect(
        everything.filter((text) => text.includes(spelling)),
        name,
      ).toEqual([]);
    }
  }
});

test("no key of an endpoint's URL, of a caller, or of an SMTP client stands in a line of the log", async () => {
  const log = await watchLog("trace");
  const inPath = "path-key-of-an-endpoint-6a";
  const inQuery = "query-key-of-an-endpoint-79";
  const wrongKey = `mpk_${"wrong".repeat(8)}`;
  const server = await startSmtpServer();
  const proxy = await startIngress({ isActive: true, settings: { LOG_DELIVERY_ACTIVITY: "true" } });
  const { key, call } = proxy;
  const base = `http://127.0.0.1:9/${inPath}`; // nobody is there, so that what is wrong is told
  await call("PUT", "/tenant/shop", { client_base_url: base, client_sync_path: `/told?key=${inQuery}` });
  const hook = { endpoint: `${base}?key=${inQuery}`, events: ["email.sent"] };
  const { body: webhook } = await call("POST", "/webhooks?tenant_id=shop", hook);
  await call("POST", "/account", {
    id: "default",
    tenant_id: "shop",
    host: "127.0.0.1",
    port: server.port,
    tls: "none",
  });
  for (const authorization of [`Bearer ${key}`, `Bearer ${wrongKey}`, `Basic ${btoa(`shop:${wrongKey}`)}`])
    await proxy.app.fetch(new Request("http://proxy.test/messages", { headers: { Authorization: authorization } }));
  const wire = await proxy.connect();
  await wire.says("EHLO client.test", `AUTH PLAIN ${plain("shop", wrongKey)}`, `AUTH PLAIN ${plain(key, key)}`);
  await (await proxy.loggedIn()).sends(LETTER);
  for (const event of ["login_failed", "submitted", "sent", "report_failed", "delivery_failed"])
    await log.events(event);
  const secrets = {
    key,
    wrongKey,
    inPath,
    inQuery,
    signingSecret: String(webhook.signing_secret),
    ADMIN_TOKEN,
    ENCRYPTION_KEY,
  };
  for (const [name, secret] of Object.entries(secrets))
    for (const spelling of [...spellings(secret), plain("shop", secret), btoa(`shop:${secret}`)])
      expect(
        linesOf(log).filter((line) => line.includes(spelling)),
        name,
      ).toEqual([]);
});
