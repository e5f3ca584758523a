/** No secret leaves: whatever is given to the proxy appears in no log line, answer, event or log of commands. */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../src/db/database.ts";
import { endpoint } from "./reports/support.ts";
import { ADMIN_TOKEN, ENCRYPTION_KEY, startApp } from "./support/app.ts";
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

async function captureLog(): Promise<string[]> {
  const lines: string[] = [];
  const sink = ({ category, level, message, properties }: LogRecord) =>
    void lines.push(`${level} ${category.join(".")} ${message.join("")} ${JSON.stringify(properties)}`);
  await configure({
    sinks: { sink },
    loggers: [
      { category: "mail-proxy", lowestLevel: "trace", sinks: ["sink"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: [] },
    ],
  });
  onTestFinished(() => reset());
  return lines;
}

test("every secret given to it is absent from logs at debug level, answers, events and the command log", async () => {
  const log = await captureLog();
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
  expect(log.length).toBeGreaterThan(2);
  const everything = [
    ...log,
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
