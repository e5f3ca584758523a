import fc from "fast-check";
import { expect, test } from "vitest";
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

test("a body nested a hundred thousand deep exhausts nothing", async () => {
  const { api, key } = await apiWithTenant();
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const body = `{"messages": [${deep}], "default_priority": 1}`;
  const answer = await api.call("POST", "/commands/add-messages", {
    body,
    token: key,
    headers: { "Content-Type": "application/json" },
  });
  expect(answer.status).toBeLessThan(500);
});
