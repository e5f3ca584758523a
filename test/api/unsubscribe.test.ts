/** Unsubscribing with one click (RFC 8058): from the field of a message to the link in the mail, and back. */
import { expect, test } from "vitest";
import { UnsubscribeLinks } from "../../src/bounces/unsubscribe-link.ts";
import { rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { endpoint } from "../reports/support.ts";
import { startApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { Client, head, startListener } from "./listener.ts";
import { ADMIN, addTenant, apiWithTenant, message, T0 } from "./support.ts";
import { linked, listed, PUBLIC_URL } from "./unsubscribing.ts";

const FORM = "List-Unsubscribe=One-Click";

/** The fields of a mail as it came over the wire, unfolded. */
function field(wire: string, name: string): string | undefined {
  const unfolded = wire.slice(0, wire.indexOf("\r\n\r\n")).replace(/\r\n(?=[ \t])/g, "");
  return new RegExp(`^${name}: (.*)$`, "im").exec(unfolded)?.[1];
}

/** The path of the link that a mail bears. */
function linkIn(wire: string): string {
  const [, path = ""] =
    /^<https:\/\/mail\.example\.com(\/unsubscribe\/[\w.-]+)>$/.exec(field(wire, "List-Unsubscribe") ?? "") ?? [];
  return path;
}

/** A tenant `acme` of a running proxy, its SMTP server and its endpoint. */
async function sending(script: Parameters<typeof startSmtpServer>[0] = {}) {
  const server = await startSmtpServer(script);
  const client = await endpoint();
  const proxy = await startApp({ PUBLIC_URL, RETRY_DELAYS: "1" });
  const { call } = proxy;
  await call("POST", "/tenant", { id: "acme", client_base_url: client.url });
  await call("POST", "/account", {
    id: "default",
    tenant_id: "acme",
    host: "127.0.0.1",
    port: server.port,
    tls: "none",
  });
  const add = (id: string, fields: object = {}) =>
    call("POST", "/commands/add-messages", { messages: [message(id, { list_unsubscribe: true, ...fields })] });
  const post = (path: string) =>
    proxy.app.fetch(new Request(`http://proxy.test${path}`, { method: "POST", body: FORM }));
  const reports = () => client.calls.flatMap((one) => one.reports);
  return { ...proxy, server, client, add, post, reports };
}

test("a mail with a link, a click on it, and no mail more: the tenant is told", async () => {
  const { server, client, add, post, reports, until } = await sending();
  expect((await add("m1", { tags: { campaign: "spring" } })).body).toMatchObject({ ok: true, queued: 1 });
  const { pk } = await until("m1", "sent");
  const wire = server.messages[0]?.wire ?? "";
  expect(field(wire, "List-Unsubscribe-Post")).toBe(FORM); // RFC 8058 3.1
  expect((await post(linkIn(wire))).status).toBe(200);
  while (!reports().some((report) => "unsubscribed_ts" in report)) await client.called(client.calls.length + 1);
  expect(reports().find((report) => "unsubscribed_ts" in report)).toMatchObject({
    ...{ tenant_id: "acme", id: "m1", pk, account_id: "default", unsubscribed_ts: expect.any(Number) },
    recipients: [{ address: "you@example.net", status: "sent" }],
    tags: { campaign: "spring" },
  });
  await add("m2");
  expect(await until("m2", "error")).toMatchObject({ attempts: 0, error: expect.stringContaining("suppressed") });
  expect(server.messages).toHaveLength(1);
});

test("every attempt bears the same link", async () => {
  let refusals = 0;
  const answer = ({ verb }: { verb: string }) => (verb === "BODY" && refusals++ === 0 ? "451 4.3.0 later" : undefined);
  const { server, add, until } = await sending({ answer });
  await add("m1");
  await until("m1", "sent");
  const [first, second] = server.heard.map(linkIn);
  expect(first).toMatch(/^\/unsubscribe\/./);
  expect(second).toBe(first);
});

test("the link of a message that replaced another one under its id leads to the message that went", async () => {
  const { call, db, server, add, post, until } = await sending();
  await call("POST", "/commands/suspend?tenant_id=acme");
  await add("m1", { subject: "As it was meant at first" });
  await add("m1", { subject: "As it was sent" });
  await call("POST", "/commands/activate?tenant_id=acme");
  await until("m1", "sent");
  await post(linkIn(server.messages[0]?.wire ?? ""));
  expect(await rows(db, "select type from events where type = 'unsubscribed'")).toHaveLength(1);
});

test.each([
  ["two recipients", { cc: "eve@example.net" }, {}, /^list_unsubscribe: needs exactly one recipient/],
  ["no public URL", {}, { publicUrl: undefined }, /^list_unsubscribe: needs MAIL_PROXY_PUBLIC_URL/],
  ["a public URL without TLS", {}, { publicUrl: "http://mail.example.com" }, /^list_unsubscribe: needs MAIL_PROXY_PUB/],
  ["a header of that name", { headers: { "list-unsubscribe": "<https://x.example>" } }, {}, /header of that name/],
  ["a header of its kin", { headers: { "List-Unsubscribe-Post": "x" } }, {}, /header of that name/],
  ["another word than true or false", { list_unsubscribe: "yes" }, {}, /^list_unsubscribe/],
  ["a URL too long for a header", {}, { publicUrl: `${PUBLIC_URL}/${"x".repeat(900)}` }, /too long for a link/],
])("a message with %s is refused", async (_, fields, settings, reason) => {
  const { api, key } = await apiWithTenant({ publicUrl: PUBLIC_URL, ...settings });
  const { body } = await api.add([message("m1", { list_unsubscribe: true, ...fields })], key);
  expect(body).toMatchObject({ queued: 0, rejected: [{ id: "m1", reason: expect.stringMatching(reason) }] });
});

test("whoever does not ask for a link needs neither a public URL nor a single recipient", async () => {
  const { api, key } = await apiWithTenant();
  const headers = { "List-Unsubscribe": "<https://shop.example.com/u/1>" };
  const several = { list_unsubscribe: false, cc: "eve@example.net", headers };
  expect((await api.add([message("m1", several), message("m2", { list_unsubscribe: null })], key)).body.queued).toBe(2);
});

const multipart = new FormData();
multipart.set("List-Unsubscribe", "One-Click");

test.each([
  ["a form", new URLSearchParams(FORM)],
  ["a form in parts", multipart], // RFC 8058 3.2 has both
  ["no body", undefined],
  ["a body that says something else", "unsubscribe please"],
])("one click unsubscribes, with %s: no redirect, no cookie, no token needed", async (_, body) => {
  const link = await linked();
  const { api, key, path, pk } = link;
  const answer = await api.call("POST", path, { token: null, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(200);
  expect(answer.text).toContain("You are unsubscribed");
  expect([answer.headers.get("Location"), answer.headers.get("Set-Cookie")]).toEqual([null, null]);
  expect(await listed(link)).toEqual([
    { tenant_id: "acme", address: "you@example.net", source: "unsubscribe", pk, expires_at: null },
  ]);
  expect(api.told).toEqual(["report acme"]);
  const { body: told } = await api.get("/messages/m1", key);
  expect(told.events).toMatchObject([{ event: "unsubscribed", event_ts: T0 / 1000 }]);
});

test("a second click changes nothing and answers the same", async () => {
  const link = await linked();
  const { api, key, path } = link;
  const [first, second] = [
    await api.call("POST", path, { token: null }),
    await api.call("POST", path, { token: null }),
  ];
  const text = (answer: typeof first) => answer.text.replace(/nonce="[^"]*"/, "");
  expect([second.status, text(second)]).toEqual([200, text(first)]);
  expect(await listed(link)).toHaveLength(1);
  expect((await api.get("/messages/m1", key)).body.events).toHaveLength(1);
  expect(api.told).toEqual(["report acme"]);
});

test("a forged link is none, says nothing of why, and asks the database nothing", async () => {
  const link = await linked();
  const { api, path } = link;
  const [content = "", signature = ""] = path.slice("/unsubscribe/".length).split(".");
  const wish = { tenantId: "acme", pk: link.pk, address: "you@example.net" };
  const stranger = new UnsubscribeLinks(await openVault(generateKey()));
  const changed = Buffer.from(content, "base64url").toString("latin1").replace("you@", "her@");
  const forged = [
    `/unsubscribe/${Buffer.from(changed, "latin1").toString("base64url")}.${signature}`,
    `/unsubscribe/${content}.${"A".repeat(43)}`,
    `/unsubscribe/${content}`,
    path.slice(0, -1),
    "/unsubscribe/x",
    new URL(await stranger.link(PUBLIC_URL, wish)).pathname,
  ];
  api.service.db.client.close();
  const pages = new Set<string>();
  for (const one of forged)
    for (const method of ["GET", "POST"]) {
      const { status, text } = await api.call(method, one, { token: null });
      expect([one, status]).toEqual([one, 404]);
      pages.add(text.replace(/nonce="[^"]*"/, ""));
    }
  expect(pages.size).toBe(1);
  expect((await api.call("POST", path, { token: null })).status).not.toBe(404); // it is the database that is missed
});

test("the link has two methods, and neither needs a token", async () => {
  const { api, path } = await linked();
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    const { status, headers } = await api.call(method, path, { token: null });
    expect([method, status, headers.get("Allow")]).toEqual([method, 405, "GET, POST, HEAD, OPTIONS"]);
  }
  expect((await api.call("GET", "/unsubscribe", { token: null })).status).toBe(404);
  expect((await api.call("GET", "/unsubscribe/a/b", { token: null })).status).toBe(404);
});

test("a body larger than any form is refused", async () => {
  const { api, path } = await linked();
  const large = { token: null, body: "x".repeat(16 * 1024 + 1), headers: { "Content-Length": String(16 * 1024 + 1) } };
  expect((await api.call("POST", path, large)).status).toBe(413);
});

test("who unsubscribes stands at the same door as the applications, and waits where it is full", async () => {
  const { api } = await apiWithTenant({ publicUrl: PUBLIC_URL, maxBytesIncoming: 6 * 1024 });
  const wish = { tenantId: "acme", pk: crypto.randomUUID(), address: "you@example.net" };
  const { pathname } = new URL(await new UnsubscribeLinks(api.service.vault).link(PUBLIC_URL, wish));
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const headers = { "X-API-Token": ADMIN, "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: body.readable, duplex: "half" };
  const slow = api.app.request("/commands/add-messages", init, {});
  const writer = body.writable.getWriter();
  await writer.write(new TextEncoder().encode('{"messages":[]}')); // it is being read
  const refused = await api.call("POST", pathname, { token: null });
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "2"]);
  await writer.close();
  expect((await slow).status).toBe(200);
  expect((await api.call("POST", pathname, { token: null })).status).toBe(200);
});

test("who unsubscribes is no caller of the API: the command log does not know them", async () => {
  const { api, path } = await linked();
  const before = (await api.get("/command-log")).body.commands as unknown[];
  await api.call("POST", path, { token: null });
  expect((await api.get("/command-log")).body.commands).toHaveLength(before.length);
});

test("a link of one tenant reaches no other one's list", async () => {
  const link = await linked();
  const theirs = await addTenant(link.api, "globex");
  await link.api.add([message("m1", { list_unsubscribe: true })], theirs);
  await link.api.call("POST", link.path, { token: null });
  expect(await listed(link)).toMatchObject([{ tenant_id: "acme" }]);
  expect((await link.api.get("/messages/m1", theirs)).body.events).toEqual([]);
});

test("served, a click is answered though its body never ends, and one whose body is not read leaves its connection clean", async () => {
  const proxy = await startListener({ PUBLIC_URL });
  const path = `/unsubscribe/${"A".repeat(40)}.${"A".repeat(43)}`;
  const endless = new Client(proxy.port);
  endless.send(head("POST", path, { "Transfer-Encoding": "chunked" }));
  endless.send(`1a\r\n${FORM}\r\n`);
  expect((await endless.answer())?.status).toBe(404);
  for (const body of ["x".repeat(16 * 1024), FORM, FORM]) {
    const { status } = await fetch(`http://127.0.0.1:${proxy.port}${path}`, { method: "POST", body });
    expect(status).toBe(404);
  }
});
