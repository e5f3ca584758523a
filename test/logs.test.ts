/** What a line of the log is, whatever strangers say, and that a message is followed by its ids from its call to its report. */
import type { LogRecord } from "@logtape/logtape";
import fc from "fast-check";
import { expect, test } from "vitest";
import { colouredLine, jsonLine, textLine } from "../src/logs/line.ts";
import { endpoint } from "./reports/support.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "./support/app.ts";
import { watchLog } from "./support/log.ts";
import { startSmtpServer } from "./support/smtp-server.ts";

function record(said: unknown, more: Record<string, unknown> = {}): LogRecord {
  return {
    category: ["mail-proxy", "dispatch"],
    level: "warning",
    timestamp: Date.parse("2026-11-21T13:18:03.432Z"),
    rawMessage: "the server said {said}, and no more",
    message: ["the server said ", said, ", and no more"],
    properties: { said, ...more },
  };
}

test("a record is a line of text for people, and an object with stable names for machines", () => {
  const told = record("550 5.1.1 no", {
    event: "failed",
    tenant_id: "shop",
    ms: 12,
    request_ids: ["a", "b"],
    host: null,
  });
  expect(textLine(told)).toBe("2026-11-21T13:18:03.432Z [wrn] dispatch: the server said 550 5.1.1 no, and no more\n");
  expect(jsonLine(told).endsWith("}\n")).toBe(true);
  expect(JSON.parse(jsonLine(told))).toEqual({
    ts: "2026-11-21T13:18:03.432Z",
    level: "warning",
    logger: "mail-proxy.dispatch",
    message: "the server said 550 5.1.1 no, and no more",
    said: "550 5.1.1 no",
    event: "failed",
    tenant_id: "shop",
    ms: 12,
    request_ids: ["a", "b"],
    host: null,
  });
});

test("no value takes the place of what a line says of itself", () => {
  const forged = record("hello", { level: "debug", ts: "yesterday", logger: "other", message: "all is well" });
  expect(JSON.parse(jsonLine(forged))).toMatchObject({ level: "warning", logger: "mail-proxy.dispatch" });
  expect(Object.keys(JSON.parse(jsonLine(forged)))).toEqual(["ts", "level", "logger", "message", "said"]);
});

test.each([
  ["CR LF", "ok\r\n2026-11-21T13:18:03.432Z [err] dispatch: forged"],
  ["an escape sequence", "\u001b[2J\u001b]0;title\u0007"],
  ["an eight-bit escape sequence", "\u009b31mred"],
  ["NUL", "a\0b"],
  ["line separators", "a\u2028b\u2029c\u0085d"],
  ["a change of direction", "invoice\u202egpj.exe"],
])("%s of a server's reply stays on the line, harmless", (_, said) => {
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/;
  for (const line of [textLine(record(said)), jsonLine(record(said)), jsonLine(record([said]))]) {
    expect(line.slice(0, -1)).not.toMatch(unsafe);
    expect(line.endsWith("\n")).toBe(true);
  }
  expect(JSON.parse(jsonLine(record(said)))).toMatchObject({ said });
  expect(colouredLine(record(said))).not.toContain(said);
});

test("whatever is logged, a line is one line, its JSON is JSON, and it is not long", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.anything({ withBigInt: true }),
    fc.constant("x".repeat(50_000)),
  );
  fc.assert(
    fc.property(anything, anything, (said, more) => {
      const told = record(said, { more, many: Array.from({ length: 25 }, () => more) });
      for (const line of [textLine(told), jsonLine(told)]) {
        expect(line.match(/[\n\r\u2028\u2029\u0085]/g)).toEqual(["\n"]);
        expect(line.length).toBeLessThan(100_000);
        expect(line.isWellFormed()).toBe(true);
      }
      expect(JSON.parse(jsonLine(told))).toMatchObject({ level: "warning" });
    }),
    { numRuns: 50 },
  );
});

test("of a text of a megabyte a line has the beginning, and how much there was", () => {
  const line = textLine(record("x".repeat(1_000_000)));
  expect(line.length).toBeLessThan(1_200);
  expect(line).toContain("xxx... (999000 characters more), and no more");
});

/** A call with a request id of the caller's. */
async function post({ app }: TestApp, path: string, requestId: string, body: unknown): Promise<Response> {
  return app.fetch(
    new Request(`http://proxy.test${path}`, {
      method: "POST",
      headers: { "X-API-Token": ADMIN_TOKEN, "Content-Type": "application/json", "X-Request-Id": requestId },
      body: JSON.stringify(body),
    }),
  );
}

async function proxy(settings: Record<string, string> = {}) {
  const server = await startSmtpServer({
    answer: ({ verb, line }) => (verb === "RCPT" && line.includes("nobody@") ? "550 5.1.1 no such user" : undefined),
  });
  const client = await endpoint(() => ({ body: {} }));
  const app = await startApp(settings);
  await app.call("POST", "/tenant", { id: "shop", client_base_url: client.url });
  const basics = { id: "default", tenant_id: "shop", host: "127.0.0.1", port: server.port, use_tls: false };
  await app.call("POST", "/account", { ...basics, retry_delays: [] });
  return { app, client };
}

const message = (id: string, to: string) => ({
  id,
  tenant_id: "shop",
  from: "app@example.com",
  to,
  subject: "s",
  body: "b",
});

test("the id of the call that brought a message stands in the lines of its attempt and its report, and at the message", async () => {
  const log = await watchLog();
  const { app, client } = await proxy();
  const messages = [message("good", "ann@example.net"), message("bad", "nobody@example.net")];
  expect((await post(app, "/commands/add-messages", "call-4711", { messages })).headers.get("X-Request-Id")).toBe(
    "call-4711",
  );
  await app.until("good", "sent");
  await app.until("bad", "error");
  await client.called(1);
  await log.events("reported", 3);
  const { body } = await app.call("GET", "/messages/good");
  expect(body).toMatchObject({ request_id: "call-4711" });
  const ids = { tenant_id: "shop", message_id: "good", pk: body.pk, request_id: "call-4711" };
  for (const event of ["accepted", "claimed", "sent"])
    expect(await log.events(event), event).toContainEqual(expect.objectContaining(ids));
  expect(await log.events("reported")).toContainEqual(expect.objectContaining({ ...ids, type: "sent" }));
  expect(await log.events("reported")).toContainEqual(expect.objectContaining({ request_ids: ["call-4711"] }));
  expect(await log.events("failed")).toMatchObject([
    { message_id: "bad", request_id: "call-4711", code: 550, enhanced_code: "5.1.1", host: "127.0.0.1", attempt: 1 },
  ]);
});

test("the email API's calls are followed by their ids, too, and a message that comes anew is the newer call's", async () => {
  const { app } = await proxy({ SCHEDULER_ACTIVE: "false" });
  const email = { from: "app@example.com", to: "ann@example.net", subject: "s", text: "t" };
  const { body: made } = await app.call("POST", "/tenant/shop/api-key", {});
  const sent = await app.app.fetch(
    new Request("http://proxy.test/emails", {
      method: "POST",
      headers: {
        Authorization: `Bearer ${made.api_key}`,
        "Content-Type": "application/json",
        "X-Request-Id": "email-1",
      },
      body: JSON.stringify({ ...email, account_id: "default" }),
    }),
  );
  const { id } = (await sent.json()) as { id: string };
  expect((await app.call("GET", `/messages/${id}`)).body).toMatchObject({ request_id: "email-1" });
  for (const call of ["first", "second"])
    await post(app, "/commands/add-messages", call, { messages: [message("again", "ann@example.net")] });
  expect((await app.call("GET", "/messages/again")).body).toMatchObject({ request_id: "second" });
});

test("what was refused when it came in is reported under its call", async () => {
  const log = await watchLog();
  const { app, client } = await proxy();
  await post(app, "/commands/add-messages", "call-9", { messages: [{ ...message("odd", "x"), to: "not an address" }] });
  await client.called(1);
  expect(await log.events("rejected")).toMatchObject([{ request_id: "call-9", rejected: 1, message_ids: ["odd"] }]);
  expect(await log.events("reported", 2)).toContainEqual(
    expect.objectContaining({ message_id: "odd", request_id: "call-9" }),
  );
});

test("at info a message that goes well has no line; with LOG_DELIVERY_ACTIVITY each of its steps has one", async () => {
  const steps = async (settings: Record<string, string>) => {
    const log = await watchLog("info");
    const { app, client } = await proxy(settings);
    await post(app, "/commands/add-messages", "call", { messages: [message("m", "ann@example.net")] });
    await app.until("m", "sent");
    await client.called(1);
    const told = async () => (await app.call("GET", "/messages/m")).body.events;
    await expect.poll(told).toMatchObject([{ reported_ts: expect.any(Number) }]);
    await app.stop();
    return log.records.map(({ properties }) => properties.event);
  };
  expect(await steps({})).toEqual([]);
  expect(await steps({ LOG_DELIVERY_ACTIVITY: "true" })).toEqual(["accepted", "sent", "reported", "reported"]);
});
