/**
 * Makes the database that a release leaves behind, as SQL, for the tests of upgrades:
 *   bun test/processes/past/make.ts PROGRAM test/processes/past/VERSION.sql
 * PROGRAM is the compiled binary of that release. It is run with mail in every state, and killed.
 *
 * 1. all is well: mail is sent, bounces, is told of
 * 2. nothing is well: servers refuse or are away, endpoints fail; what waits for other reasons comes too
 * 3. a server holds a message while the program is killed
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@libsql/client";
import { SMTPServer } from "smtp-server";
import { serveWith } from "../../support/binary.ts";
import { dump } from "./dump.ts";
import { AWAY_PORT, HTTP_PORT, SMTP_PORT, TENANT } from "./world.ts";

const [program = "", out = ""] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "mail-proxy-past-"));
const soon = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Ids of the messages that the server has in its hands, or has taken. */
const arrived: string[] = [];
const pks = new Map<string, string>();
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onRcptTo({ address }, _session, done) {
    const code = address.startsWith("refused") ? 550 : address.startsWith("later") ? 451 : undefined;
    if (code === undefined) return done();
    done(Object.assign(new Error(code === 550 ? "5.1.1 no such user" : "4.2.1 not now"), { responseCode: code }));
  },
  async onData(stream, _session, done) {
    const header = (await stream.setEncoding("utf8").toArray()).join("");
    const id = /^X-Genro-Mail-ID: (\S+)/m.exec(header)?.[1] ?? "";
    pks.set(id, /^X-Mail-Proxy-ID: (\S+)/m.exec(header)?.[1] ?? "");
    arrived.push(id);
    if (id !== "flying") done();
  },
});
smtp.listen(SMTP_PORT, "127.0.0.1");
smtp.on("error", () => undefined); // the program is killed while it speaks to it

let isWell = true;
const told: string[] = [];
const endpoint = createServer(async (request, response) => {
  told.push(`${request.url} ${(await request.setEncoding("utf8").toArray()).join("")}`);
  response.writeHead(isWell ? 200 : 500, { "content-type": "application/json" }).end('{"ok": true}');
});
endpoint.listen(HTTP_PORT, "127.0.0.1");

const proxy = serveWith([program], home, { LEASE_SECONDS: "1", POLL_INTERVAL: "0.1", LOG_LEVEL: "error" });

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const { status, body: answer } = await proxy.call(method, path, body);
  if (status !== 200 && status !== 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  return answer;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not: ${what}\n${proxy.log()}`);
    await pause(50);
  }
}

const statusOf = async (id: string) => (await ask("GET", `/messages/${id}?tenant_id=${TENANT}`)).status;

const add = (id: string, fields: Record<string, unknown> = {}) =>
  ask("POST", "/commands/add-messages", {
    messages: [
      {
        ...{ tenant_id: TENANT, id, from: "app@example.com", to: `${id}@example.net` },
        ...{ subject: `About ${id}`, body: `Hello ${id}`, ...fields },
      },
    ],
  });

/** RFC 3464: what the server of a recipient says later. */
const bounce = (pk: string, recipient: string) =>
  [
    ...["From: mailer-daemon@example.net", "To: app@example.com", "Subject: undeliverable", "MIME-Version: 1.0"],
    ...['Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b"],
    ...[
      "Content-Type: text/plain",
      "",
      "It could not be delivered.",
      "--b",
      "Content-Type: message/delivery-status",
      "",
    ],
    ...["Reporting-MTA: dns; mx.example.net", "", `Final-Recipient: rfc822; ${recipient}`, "Action: failed"],
    ...["Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 gone", "--b", "Content-Type: text/rfc822-headers", ""],
    ...[`X-Mail-Proxy-ID: ${pk}`, "--b--", ""],
  ].join("\r\n");

try {
  const base = `http://127.0.0.1:${HTTP_PORT}`;
  await ask("POST", "/tenant", { id: TENANT, client_base_url: base, client_sync_path: "/reports" });
  const account = { tenant_id: TENANT, host: "127.0.0.1", use_tls: false };
  await ask("POST", "/account", { ...account, id: "default", port: SMTP_PORT });
  await ask("POST", "/account", { ...account, id: "away", port: AWAY_PORT });
  const { api_key: apiKey } = await ask("POST", `/tenant/${TENANT}/api-key`);
  await ask("POST", `/webhooks?tenant_id=${TENANT}`, { endpoint: `${base}/hook`, events: null });
  await ask("POST", "/suppressions", { tenant_id: TENANT, address: "gone@example.net" });

  await add("told");
  await until("a message is sent", () => arrived.includes("told"));
  await until("it is told", () => told.some((call) => call.startsWith("/reports") && call.includes('"told"')));
  const mail = {
    method: "POST",
    headers: { "X-API-Token": "admin-token-of-the-tests", "Content-Type": "message/rfc822" },
  };
  const heard = await fetch(`${await proxy.ready}/bounces`, {
    ...mail,
    body: bounce(pks.get("told") ?? "", "told@example.net"),
  });
  if (!heard.ok) throw new Error(`POST /bounces: ${await heard.text()}`);

  isWell = false;
  await add("sent");
  await add("refused");
  await add("later");
  await add("half", { to: "half@example.net, later@example.net" });
  await add("suppressed", { to: "gone@example.net" });
  await add("waits", { account_id: "away" });
  await add("soon", { deferred_ts: soon(1800) });
  await add("far", { deferred_ts: soon(72_000), priority: 0 });
  await ask("POST", `/commands/suspend?tenant_id=${TENANT}&batch_code=june`);
  await add("held", { batch_code: "june" });
  await add("canceled", { batch_code: "june" });
  await ask("POST", `/messages/canceled/cancel?tenant_id=${TENANT}`);
  const settled = { sent: "sent", refused: "error", later: "deferred", half: "deferred", suppressed: "error" };
  for (const [id, status] of Object.entries(settled)) await until(id, async () => (await statusOf(id)) === status);
  await add("flying");
  await until("a message is in the air", () => arrived.includes("flying"));
  await proxy.kill();

  const client = createClient({ url: `file:${join(home, "default/queue.db")}` });
  const now = Date.now();
  writeFileSync(out, `-- ${apiKey}\n-- ${now}\n${await dump(client)}`);
  client.close();
} finally {
  await proxy.kill();
  await once(endpoint.close(), "close");
  smtp.close(() => undefined);
  rmSync(home, { recursive: true, force: true });
}
process.exit(0); // the server still holds a message
