import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import type { HttpClient } from "../../src/ports.ts";
import { type Call, call, type Endpoint, syncUrl } from "../../src/reports/endpoint.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { type Behaviour, endpoint, type ReceivedCall, vault } from "./support.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const http = createHttpClient();
const never = new AbortController().signal;
const NOT_PUBLIC = { kind: "failed", reason: "client_base_url cannot be reached at a public address" };

function tell(to: Partial<Endpoint>, what: Partial<Call> = {}) {
  return call(
    { baseUrl: "http://127.0.0.1", syncPath: null, auth: null, webhookSecrets: [], publicOnly: false, ...to },
    vault,
    {
      id: "msg_1",
      reports: [],
      now: NOW,
      stop: never,
      http,
      ...what,
    },
  );
}

async function answering(behave: Behaviour, what: Partial<Call> = {}) {
  return tell({ baseUrl: (await endpoint(behave)).url }, what);
}

test.each([
  ["https://a.example", null, "https://a.example/mail-proxy/sync"],
  ["https://a.example/", "/in", "https://a.example/in"],
  ["https://a.example/app//", "in?x=1", "https://a.example/app/in?x=1"],
])("%s and %s make one address", (baseUrl, syncPath, expected) => {
  expect(String(syncUrl({ baseUrl, syncPath }))).toBe(expected);
});

test.each(["nonsense", "ftp://a.example", "https://user:hunter2@a.example"])("%s is not called", async (baseUrl) => {
  const outcome = await tell({ baseUrl });
  expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("client_base_url") });
  expect(JSON.stringify(outcome)).not.toContain("hunter2");
});

test("reports travel as JSON in one POST to the default path", async () => {
  const { url, calls } = await endpoint();
  const reports = [{ tenant_id: "t", id: "è", pk: "p", account_id: null, priority: 2, event_id: "1" }];
  expect(await tell({ baseUrl: url }, { reports })).toMatchObject({ kind: "answered", status: 200 });
  expect(calls[0]).toMatchObject({
    path: "/mail-proxy/sync",
    reports,
    headers: { "content-type": "application/json" },
  });
});

test("each method of authentication sends its header, and no method sends none", async () => {
  const { url, calls } = await endpoint();
  const token = await vault.seal("s3cret");
  const password = await vault.seal("pässwörd");
  await tell({ baseUrl: url, auth: { method: "none" } });
  await tell({ baseUrl: url, auth: { method: "bearer", token } });
  await tell({ baseUrl: url, auth: { method: "basic", user: "jo", password } });
  await tell({ baseUrl: url, auth: { method: "header", header: "X-Key", token } });
  const [none, bearer, basic, header] = calls.map(({ headers }) => headers);
  expect(none?.authorization).toBeUndefined();
  expect(bearer?.authorization).toBe("Bearer s3cret");
  expect(basic?.authorization).toBe(`Basic ${Buffer.from("jo:pässwörd").toString("base64")}`);
  expect(header).toMatchObject({ "x-key": "s3cret" });
  expect(header?.authorization).toBeUndefined();
});

test("a secret that cannot be used is a failure that does not show it", async () => {
  const broken = { method: "bearer", token: await vault.seal("two\nlines") } as const;
  const outcomes = [
    await tell({ auth: broken }),
    await tell({ auth: { method: "bearer", token: "ENC:bm90IG91cnM=" } }),
    await tell({ webhookSecrets: [await vault.seal("whsec_%%%")] }),
    await tell({ webhookSecrets: [await vault.seal("whsec_")] }),
    await tell({ webhookSecrets: ["ENC:bm90IG91cnM="] }),
  ];
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("set it again") });
  expect(JSON.stringify(outcomes)).not.toMatch(/two|lines|%%%/);
});

const SECRET = `whsec_${btoa("0123456789abcdef01234567")}`;
const OLDER = `whsec_${btoa("another secret of 24 byt")}`;

/** As a receiver checks it that has this secret alone; throws what its library throws. */
function verified(secret: string, { headers, body }: ReceivedCall): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

test("a tenant with a webhook secret can verify each call by Standard Webhooks", async () => {
  const { url, calls } = await endpoint();
  const now = Date.now();
  await tell({ baseUrl: url, webhookSecrets: [await vault.seal(SECRET)] }, { id: "msg_42", now });
  const [call] = calls;
  expect(verified(SECRET, call!)).toEqual({ delivery_report: [] });
  expect(() => verified(OLDER, call!)).toThrow("No matching signature");
  expect(() => verified(SECRET, { ...call!, body: `${call!.body} ` })).toThrow("No matching signature");
  // And by the specification's own words, so that a fault of the library's would not prove itself right.
  const mac = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64"));
  const signature = mac.update(`msg_42.${Math.floor(now / 1000)}.${call!.body}`).digest("base64");
  expect(call!.headers).toMatchObject({ "webhook-id": "msg_42", "webhook-signature": `v1,${signature}` });
});

test("while a secret is being replaced either verifies the call, the newest signature first", async () => {
  const { url, calls } = await endpoint();
  const webhookSecrets = [await vault.seal(SECRET), await vault.seal(OLDER)];
  await tell({ baseUrl: url, webhookSecrets }, { now: Date.now() });
  await tell({ baseUrl: url, webhookSecrets: webhookSecrets.slice(0, 1) }, { now: Date.now() });
  const [both, newest] = calls;
  for (const secret of [SECRET, OLDER]) expect(verified(secret, both!)).toEqual({ delivery_report: [] });
  const [first, second, ...none] = String(both!.headers["webhook-signature"]).split(" ");
  expect([first, second]).toEqual([expect.stringMatching(/^v1,/), expect.stringMatching(/^v1,/)]);
  expect(none).toEqual([]);
  expect(verified(SECRET, withSignature(both!, first))).toBeDefined();
  expect(() => verified(SECRET, withSignature(both!, second))).toThrow("No matching signature");
  expect(() => verified(OLDER, newest!)).toThrow("No matching signature");
});

function withSignature(call: ReceivedCall, signature = ""): ReceivedCall {
  return { ...call, headers: { ...call.headers, "webhook-signature": signature } };
}

test("a call is signed as of its own moment, so that a repetition is as fresh as a first one", async () => {
  const { url, calls } = await endpoint();
  const webhookSecrets = [await vault.seal(SECRET)];
  const minutesAgo = Date.now() - 10 * 60_000;
  for (const now of [minutesAgo, Date.now()]) await tell({ baseUrl: url, webhookSecrets }, { now });
  expect(() => verified(SECRET, calls[0]!)).toThrow("too old");
  expect(verified(SECRET, calls[1]!)).toEqual({ delivery_report: [] });
});

test.each([
  ["shorter than the specification asks for", "whsec_c2VjcmV0", "secret"],
  ["longer than it asks for", `whsec_${btoa("x".repeat(200))}`, "x".repeat(200)],
  ["without its prefix", btoa("0123456789abcdef01234567"), "0123456789abcdef01234567"],
  ["without its padding", "whsec_c2VjcmV0MQ", "secret1"],
  ["with a space at its end", "whsec_c2VjcmV0MQ== ", "secret1"],
])("a secret %s signs as well", async (_, secret, key) => {
  const { url, calls } = await endpoint();
  await tell({ baseUrl: url, webhookSecrets: [await vault.seal(secret)] }, { id: "msg_1" });
  const { headers, body } = calls[0]!;
  const signature = createHmac("sha256", key)
    .update(`msg_1.${NOW / 1000}.${body}`)
    .digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
});

test("an older secret that nobody can have used stops no report", async () => {
  const { url, calls } = await endpoint();
  const unusable = [await vault.seal("not base64!"), "ENC:bm90IG91cnM="];
  await tell({ baseUrl: url, webhookSecrets: [await vault.seal(SECRET), ...unusable] }, { now: Date.now() });
  expect(verified(SECRET, calls[0]!)).toEqual({ delivery_report: [] });
});

test.each([200, 201, 202, 204])("%i acknowledges", async (status) => {
  expect(await answering(() => ({ status, body: status === 204 ? "" : "fine" }))).toEqual({
    kind: "answered",
    status,
    answer: { queued: 0, nextSyncAt: undefined, error: [], notFound: [] },
  });
});

test.each([400, 401, 404, 500, 503])("%i is a failure", async (status) => {
  expect(await answering(() => ({ status }))).toEqual({ kind: "failed", status, reason: `HTTP ${status}` });
});

test("a redirect is a failure and is not followed", async () => {
  const target = await endpoint();
  const outcome = await answering(() => ({ status: 307, headers: { location: target.url } }));
  expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("redirects are not followed") });
  expect(target.calls).toEqual([]);
});

test.each([
  ["7", 7_000],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
])("Retry-After: %s is heard", async (header, retryAfterMs) => {
  expect(await answering(() => ({ status: 503, headers: { "retry-after": header } }))).toMatchObject({ retryAfterMs });
});

test("an answer without end acknowledges, and is not read to the end", async () => {
  let written = 0;
  const outcome = await answering((_call, _n, response) => {
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536))) written += 65_536;
    };
    response.on("drain", more);
    more();
    return null;
  });
  expect(outcome).toMatchObject({ kind: "answered", status: 200 });
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

const halfABody: Behaviour = (_call, _n, response) => {
  response.writeHead(200).write('{"ok":');
  return null;
};

test.each([
  ["never answers", () => null],
  ["sends headers and half a body", halfABody],
] as [string, Behaviour][])("an endpoint that %s runs into the timeout", async (_, behave) => {
  expect(await answering(behave, { timeoutMs: 150 })).toEqual({ kind: "failed", reason: "no answer within 0.15 s" });
});

test("an answer that is cut off is a failure, since it may have refused something", async () => {
  const cut: Behaviour = (_call, _n, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write('{"error":["a"', () => response.destroy());
    return null;
  };
  expect(await answering(cut)).toMatchObject({ kind: "failed" });
});

test("a port where nobody listens is named by the system's code", async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
  expect(await tell({ baseUrl: `http://127.0.0.1:${port}` })).toEqual({ kind: "failed", reason: "ECONNREFUSED" });
});

test("a call is aborted when the process stops", async () => {
  const stop = new AbortController();
  const hanging: Behaviour = () => {
    stop.abort();
    return null;
  };
  expect(await answering(hanging, { stop: stop.signal })).toEqual({ kind: "aborted" });
});

test("an endpoint that a tenant's own key named is called at public addresses only", async () => {
  const client = await endpoint();
  for (const host of ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"])
    expect(await tell({ baseUrl: client.url.replace("127.0.0.1", host), publicOnly: true })).toEqual(NOT_PUBLIC);
  expect(client.calls).toEqual([]);
  expect(await tell({ baseUrl: client.url })).toMatchObject({ kind: "answered" });
});

test("the address that is connected to decides, whatever the name of such an endpoint resolved to before", async () => {
  const client = await endpoint();
  const baseUrl = client.url.replace("127.0.0.1", "app.example");
  // A name that looks public and has this machine's address by the time that the connection is made.
  const rebound: HttpClient = (request) =>
    http({ ...request, url: new URL(request.url.href.replace("app.example", "localhost")) });
  expect(await tell({ baseUrl, publicOnly: true }, { http: rebound })).toEqual(NOT_PUBLIC);
  expect(client.calls).toEqual([]);
  expect(await tell({ baseUrl }, { http: rebound })).toMatchObject({ kind: "answered" });
});

test("a server that switches protocols instead of answering is a failure", async () => {
  const { url } = await endpoint((_, __, response) => {
    response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
    return null;
  });
  expect(await tell({ baseUrl: url })).toMatchObject({ kind: "failed" });
});
