/** Tenants, accounts, mail, servers and endpoints that say nothing but the corpus, wherever the API lets them. */
import { expect } from "vitest";
import { bounce } from "../../bounces/mails.ts";
import { endpoint } from "../../reports/support.ts";
import { ADMIN_TOKEN, type ProxyUnderTest } from "../../runtimes/under-test.ts";
import { type Answer, EXTENSIONS, type Heard, startSmtpServer } from "../../support/smtp-server.ts";
import { GROUPS } from "../corpus.ts";

/** The messages of each tenant: one taken, one refused, one that waits. */
const KINDS = ["taken", "refused", "waiting"] as const;
const HALF_A_DAY = 43_200;

/** Settles when all of it was said. */
export async function letStrangersIn(proxy: ProxyUnderTest): Promise<void> {
  const server = await startSmtpServer({ answer: smtpWords, extensions: [...EXTENSIONS, "AUTH PLAIN"] });
  const http = await endpoint((call) => ({ status: 500, body: GROUPS[indexIn(call.path)] ?? "" }));
  for (const [index, text] of GROUPS.entries()) await letIn(proxy, text, index, { smtp: server.port, url: http.url });
  for (const [index, text] of GROUPS.entries()) await isSaid(proxy, text, index);
  await fillInbox(proxy);
}

/** The sandbox's, which shows what arrives. */
async function fillInbox(proxy: ProxyUnderTest): Promise<void> {
  const messages = GROUPS.map((text, index) => ({ ...message(text, index, "taken"), tenant_id: "default" }));
  const { body } = await proxy.call("POST", "/commands/add-messages", { messages });
  expect(body).toMatchObject({ queued: messages.length, rejected: [] });
  await proxy.until(async () => {
    const { body: inbox } = await proxy.call("GET", "/inbox/messages");
    return (inbox.messages as unknown[]).length === messages.length;
  });
}

interface Doors {
  smtp: number;
  url: string;
}

async function letIn(proxy: ProxyUnderTest, text: string, index: number, { smtp, url }: Doors): Promise<void> {
  const about = `tenant_id=${encodeURIComponent(text)}`;
  const post = async (path: string, body?: object) => {
    const { status, body: answered } = await proxy.call("POST", path, body);
    expect(status, `${path}: ${JSON.stringify(answered)}`).toBeLessThan(300);
    return answered;
  };
  await post("/tenant", { id: text, name: text, client_base_url: `${url}/${index}/${encodeURIComponent(text)}` });
  const here = { tenant_id: text, host: "127.0.0.1", port: smtp, use_tls: false };
  await post("/account", { ...here, id: "default", imap_folder: text });
  await post("/account", { ...here, id: text, user: `user${index}`, password: "secret" });
  await post("/account", { id: "elsewhere-1", tenant_id: text, host: text.replace(/[\s/@]/g, "") });
  await post(`/account/${encodeURIComponent(text)}/test?${about}`);
  await post(`/webhooks?${about}`, { endpoint: `${url}/${index}/${encodeURIComponent(text)}` });
  const listed = { address: `listed${index}@example.net`, reason: text };
  await post(`/suppressions?${about}`, { suppressions: [listed] });
  await post(`/commands/suspend?${about}&batch_code=${encodeURIComponent(text)}`);
  const { queued, rejected } = await post("/commands/add-messages", {
    messages: KINDS.map((kind) => ({ ...message(text, index, kind), tenant_id: text })),
  });
  expect({ queued, rejected }).toEqual({ queued: KINDS.length, rejected: [] });
}

function message(text: string, index: number, kind: (typeof KINDS)[number]): object {
  const name = `"${text.replace(/["\\]/g, "\\$&")}"`;
  return {
    id: `${text} ${kind}`,
    account_id: "default",
    from: `${name} <app@example.com>`,
    to: [`${name} <${kind}${index}@example.net>`],
    reply_to: [`${name} <app@example.com>`],
    subject: text,
    text: `${text}\n\0`,
    html: `<p>${text}</p>`,
    headers: { "X-Corpus": text },
    tags: { [text]: text },
    metadata: { [text]: text },
    message_id: `${kind}${index}.${text.replace(/[^!-;=?-~]|[@>]/g, "")}@example.com`,
    attachments: [{ filename: text.replaceAll("/", "-"), storage_path: "base64:aGVsbG8=", mime_type: "text/html" }],
    ...(kind === "waiting" && { deferred_ts: Math.floor(Date.now() / 1000) + HALF_A_DAY, batch_code: text }),
  };
}

/** What a server says to whom it refuses, and when it takes a message; what it says to whoever logs in. */
function smtpWords({ verb, line }: Heard): Answer | undefined {
  if (verb === "AUTH") {
    const [, user = ""] = Buffer.from(line.split(" ")[2] ?? "", "base64")
      .toString()
      .split("\0");
    return `535 5.7.8 ${wire(indexIn(user))}`;
  }
  if (verb === "RCPT" && line.includes("<refused")) return `550 5.1.1 ${wire(indexIn(line))}`;
  if (verb === "BODY") return `250 2.0.0 ${wire(indexIn(/^Message-ID:\s*(.*)/m.exec(line)?.[1] ?? ""))}`;
  return undefined;
}

/** A server's script is written a byte for a character. */
function wire(index: number): string {
  return Buffer.from(GROUPS[index] ?? "").toString("latin1");
}

function indexIn(text: string): number {
  return Number(/\d+/.exec(text)?.[0] ?? 0);
}

/** Each message has come to its end; what was taken comes back, with a reason. */
async function isSaid(proxy: ProxyUnderTest, text: string, index: number): Promise<void> {
  const about = `tenant_id=${encodeURIComponent(text)}`;
  const one = async (kind: string) =>
    (await proxy.call("GET", `/messages/${encodeURIComponent(`${text} ${kind}`)}?${about}`)).body;
  await proxy.until(async () => (await one("taken")).status === "sent" && (await one("refused")).status === "error");
  const { pk } = await one("taken");
  const mail = bounce({ pk: String(pk), recipients: [{ address: `taken${index}@example.net`, words: text }] });
  const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" };
  expect(await proxy.send("/bounces", { method: "POST", headers, body: mail })).toMatchObject({ status: 200 });
}
