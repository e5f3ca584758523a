import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { BODIES, expectOurs, TARGETS } from "./corpus.ts";
import { apiWithTenant, message } from "./support.ts";

/** What JSON can hold, odd texts and keys included. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("__proto__", "constructor", "\ud800", "\0", "a\r\nb", "*", "a@b.c", "🙂", "1e999", "-0"),
);
const json = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });

const FIELDS = Object.keys(message("m")).concat(
  ["tenant_id", "account_id", "cc", "bcc", "reply_to", "return_path", "content_type", "text", "html", "message_id"],
  ["headers", "date", "priority", "deferred_ts", "expires_ts", "batch_code", "dsn", "attachments", "tags", "metadata"],
);

test("a message of any shape is taken or rejected with a reason, and never breaks the batch", async () => {
  const { api, key } = await apiWithTenant();
  const odd = fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(text, json, fc.array(text, { maxLength: 3 })));
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          json,
          odd.map((fields) => message("odd", fields)),
        ),
        { maxLength: 4 },
      ),
      async (batch) => {
        const { status, body } = await api.add([...batch, message("sane")], key);
        expect(status).toBe(200);
        const rejected = body.rejected as { id: unknown; reason: string }[];
        expect(rejected.every(({ reason }) => reason !== "")).toBe(true);
        expect(rejected.some(({ id }) => id === "sane")).toBe(false);
        expect(body.queued).toBe(batch.length + 1 - rejected.length);
      },
    ),
    { numRuns: 150 },
  );
});

const CHANGES = [
  ["POST", "/commands/add-messages"],
  ["POST", "/commands/delete-messages"],
  ["POST", "/commands/cleanup-messages"],
  ["POST", "/account"],
  ["POST", "/tenant"],
  ["PUT", "/tenant/acme"],
  ["PUT", "/instance"],
] as const;

test("a body of any shape is answered, and never by a fault of ours", async () => {
  const { api } = await apiWithTenant();
  const headers = { "Content-Type": "application/json" };
  const fields = fc.dictionary(
    fc.constantFrom(
      "id",
      "tenant_id",
      "host",
      "port",
      "user",
      "name",
      "ids",
      "messages",
      "client_auth",
      "rate_limits",
      "ca",
    ),
    fc.oneof(text, json),
  );
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    json.map((value) => JSON.stringify(value)),
    fields.map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CHANGES), body, async ([method, path], given) => {
      const answer = await api.call(method, path, { body: given, headers });
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});

const READS = [
  "/messages",
  "/accounts",
  "/tenants",
  "/command-log",
  "/command-log/export",
  "/messages/a",
  "/account/a",
];
const NAMES = ["tenant_id", "status", "limit", "cursor", "q", "since", "until", "batch_code", "include", "active_only"];

test("a query of any shape is answered, and never by a fault of ours", async () => {
  const { api } = await apiWithTenant();
  const query = fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(text, fc.nat().map(String)), { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...READS), query, async (path, given) => {
      const answer = await api.get(`${path}?${new URLSearchParams(given)}`);
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
});

test("a path of any shape is answered, and never by a fault of ours", async () => {
  const { api } = await apiWithTenant();
  const id = text.map((part) => encodeURIComponent(part.replace(/\p{Surrogate}/gu, "x")));
  const raw = fc.constantFrom("%", "%ff", "%00", "%2e%2e", "a%2Fb", "%252F");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("/messages/", "/account/", "/tenant/"), fc.oneof(id, raw), async (path, part) => {
      const answer = await api.get(path + part);
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: 100 },
  );
});

const ODD_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get", "M-SEARCH"];

function requestIdOf({ headers }: { headers: Headers }): string | null {
  return headers.get("X-Request-Id");
}

test.each(BODIES)("a body of %s is answered in the shape of every answer", async (_, body) => {
  const { api, key } = await apiWithTenant();
  const headers = { "Content-Type": "application/json" };
  for (const [method, path] of CHANGES) {
    const answer = await api.call(method, path, { body, headers });
    expectOurs(answer, requestIdOf(answer));
  }
  const answer = await api.call("POST", "/commands/add-messages", { body, headers, token: key });
  expectOurs(answer, requestIdOf(answer));
  for (const path of ["/command-log?limit=500", "/command-log/export", "/messages?include=payload"])
    expect((await api.get(path)).status).toBe(200);
});

test("every target is answered for every method in the shape of every answer", async () => {
  const { api } = await apiWithTenant();
  for (const target of TARGETS) {
    for (const method of ODD_METHODS) {
      const answer = await api.call(method, target);
      expectOurs(answer, requestIdOf(answer));
    }
    expect((await api.app.request(target, { method: "HEAD" }, {})).status).toBeLessThan(500);
  }
});

test("what is no UTF-8 is refused, not replaced", async () => {
  const { api, key } = await apiWithTenant();
  const body = Buffer.concat([Buffer.from('{"messages": [{"id": "'), Buffer.from([0xff]), Buffer.from('"}]}')]);
  const headers = { "Content-Type": "application/json" };
  const answer = await api.call("POST", "/commands/add-messages", { body, headers, token: key });
  expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
});

test("a body that does not come is waited for no longer than its length allows", async () => {
  const { api, key } = await apiWithTenant();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"messages":')),
  });
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", body, headers: { ...headers, "X-API-Token": key }, duplex: "half" };
  const answer = api.app.request("/commands/add-messages", init);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0), { interval: 1 });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  const { status, headers: answered } = await answer;
  expect([status, answered.get("Connection")]).toEqual([408, "close"]);
});
