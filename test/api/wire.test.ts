/** What comes over the wire as no HTTP library would send it, to the proxy as it is served. */
import { expect, test } from "vitest";
import { BODIES, expectOurs, TARGETS } from "./corpus.ts";
import { Client, head, type RawAnswer, startListener } from "./listener.ts";

const ADD = "/commands/add-messages";
const BATCH = '{"messages": []}';

async function answered(port: number, ...sent: (string | Uint8Array)[]): Promise<RawAnswer | undefined> {
  const client = new Client(port);
  for (const piece of sent) client.send(piece);
  const answer = await client.answer();
  client.close();
  return answer;
}

function expectOursOverTheWire(answer: RawAnswer | undefined): void {
  expect(answer).toBeDefined();
  if (answer !== undefined) expectOurs(answer, answer.headers.get("x-request-id") ?? null);
}

test("nasty bodies and targets are answered by the served proxy in its own words, and it lives on", async () => {
  const { port, call } = await startListener();
  await call("POST", "/tenant", { id: "acme" });
  await call("POST", "/account", { id: "default", tenant_id: "acme", host: "smtp.example.com" });
  for (const [, body] of BODIES) {
    const length = String(Buffer.byteLength(body));
    expectOursOverTheWire(await answered(port, head("POST", ADD, { "Content-Length": length }), body));
  }
  for (const target of TARGETS) {
    for (const method of ["GET", "DELETE", "OPTIONS"])
      expectOursOverTheWire(await answered(port, head(method, target)));
  }
  expect((await call("GET", "/command-log?limit=500")).status).toBe(200);
  expect((await call("POST", ADD, { messages: [] })).status).toBe(200);
});

/** Requests that break HTTP itself: the listener may refuse them in few words, but it answers or hangs up. */
const chunked = head("POST", ADD, { "Transfer-Encoding": "chunked" });
const BROKEN: [what: string, sent: string][] = [
  ["two lengths", head("POST", ADD, { "Content-Length": "2\r\nContent-Length: 3" }) + BATCH],
  ["a length and chunks", head("POST", ADD, { "Content-Length": "2", "Transfer-Encoding": "chunked" }) + BATCH],
  ["a negative length", head("POST", ADD, { "Content-Length": "-1" }) + BATCH],
  ["a length of twenty digits", head("POST", ADD, { "Content-Length": "9".repeat(20) }) + BATCH],
  ["a length in words", head("POST", ADD, { "Content-Length": "many" }) + BATCH],
  ["a length with a sign", head("POST", ADD, { "Content-Length": "+16" }) + BATCH],
  ["a chunk that is none", `${chunked}zz\r\n${BATCH}\r\n0\r\n\r\n`],
  ["a chunk of enormous size", `${chunked}ffffffffffffffffff\r\n${BATCH}`],
  ["a coding that nobody knows", head("POST", ADD, { "Transfer-Encoding": "gzip" }) + BATCH],
  ["a flood of headers", head("GET", "/status", Object.fromEntries(flood(2_000)))],
  ["a header without end", head("GET", "/status", { "X-Long": "a".repeat(200_000) })],
  ["a header with a NUL", head("GET", "/status", { "X-Nul": "a\0b" })],
  ["a header folded over lines", head("GET", "/status", { "X-Folded": "a\r\n b" })],
  ["a space before the colon", head("GET", "/status", { "X-Space ": "a" })],
  ["no host", `GET /status HTTP/1.1\r\nX-API-Token: admin\r\n\r\n`],
  ["a host that is none", head("GET", "/status", { Host: "a b<>" })],
  ["a host that is none, before a route", head("GET", "/inbox", { Host: "\\\\" })],
  ["a method that nobody knows", head("FROBNICATE", "/status")],
  ["a tunnel", head("CONNECT", "other.example:443")],
  ["another scheme", head("GET", "ftp://other.example/status")],
  ["a target with a NUL", head("GET", "/sta\0tus")],
  ["HTTP/0.9", "GET /status\r\n\r\n"],
  ["HTTP/9.9", head("GET", "/status").replace("HTTP/1.1", "HTTP/9.9")],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
  ["SMTP", "EHLO mail.example\r\nMAIL FROM:<a@b.cd>\r\n\r\n"],
];

function flood(count: number): [string, string][] {
  return Array.from({ length: count }, (_, n) => [`X-Flood-${n}`, "1"]);
}

test("requests that break HTTP are answered or hung up on, and never by a fault of ours", async () => {
  const { port, call } = await startListener();
  for (const [what, sent] of BROKEN) {
    const answer = await answered(port, sent);
    // RFC 9110 15.6.6: 505 is what a server says to another version of HTTP.
    if (answer !== undefined && answer.status !== 505) expect(answer.status, what).toBeLessThan(500);
    if (answer?.headers.has("x-request-id")) expectOursOverTheWire(answer);
    expect((await call("GET", "/health")).status, `after ${what}`).toBe(200);
  }
});

const REFUSED: [what: string, sent: string, status: number][] = [
  ["a Host that is none", head("GET", "/health", { Host: "a b<>" }), 400],
  ["a length beyond all bodies", head("POST", ADD, { "Content-Length": "1000000000000" }), 413],
  ["no Content-Type", head("POST", ADD, { "Content-Type": "", "Content-Length": "16" }) + BATCH, 415],
  ["a body in another charset", `${head("POST", ADD, { "Content-Length": "3" })}\x80\xff\xfe`, 400],
];

test("what the listener lets through is refused in the shape of every answer", async () => {
  const { port } = await startListener();
  for (const [what, sent, status] of REFUSED) {
    const answer = await answered(port, Buffer.from(sent, "latin1"));
    expect(answer?.status, what).toBe(status);
    expectOursOverTheWire(answer);
  }
});

test("a client that goes away in the middle of its body leaves nothing behind", async () => {
  const { port, call } = await startListener({ MAX_BYTES_INCOMING: String(4 * 1024 * 1024) });
  const gone = Array.from({ length: 50 }, () => new Client(port));
  for (const client of gone) client.send(`${head("POST", ADD, { "Content-Length": "1000000" })}{"messages": [`);
  await call("GET", "/health");
  for (const client of gone) client.close();
  const large = { messages: [{ id: "a".repeat(1_500_000) }] };
  await expect.poll(async () => (await call("POST", ADD, large)).status, { timeout: 10_000 }).toBe(200);
});

test("HEAD tells the length of what GET sends", async () => {
  const { port } = await startListener();
  for (const path of ["/health", "/openapi.json", "/docs", "/nowhere"]) {
    const url = `http://127.0.0.1:${port}${path}`;
    const { headers } = await fetch(url, { method: "HEAD" });
    const { byteLength } = await (await fetch(url)).arrayBuffer();
    expect(headers.get("Content-Length"), path).toBe(String(byteLength));
  }
});
