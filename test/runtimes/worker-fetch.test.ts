/** Messages that refer to files, on a Worker: an invocation is granted only so many requests, and only so much time. */
import { expect, test } from "vitest";
import { fileServer } from "../attachments/support.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, type Invocations, message, startInvocations } from "./invocations.ts";

const GRANTED = 50;
const OPEN = { ATTACHMENT_ALLOW: "127.0.0.1" };

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

async function add(on: Invocations, messages: object[]): Promise<void> {
  expect(await on.call("POST", "/commands/add-messages", { messages })).toMatchObject({
    body: { queued: messages.length },
  });
  await on.settled();
}

test("more files than an invocation has requests for come a few at a time, each once, and all their messages go", {
  timeout: 60_000,
}, async ({ skip }) => {
  const on = await startInvocations({ ...OPEN, TICK_SUBREQUESTS: String(GRANTED) });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer();
  const files = await fileServer(({ path }, response) => {
    if (path.startsWith("/here")) return "content";
    response.statusCode = 302;
    response.setHeader("Location", path.replace("/moved", "/here"));
    return "";
  });
  await addTenant(on, "acme", [server.port]);
  on.roundTrips();
  const attachments = (id: string) =>
    numbered("f", 3).map((name) => ({ filename: name, storage_path: `${files.url}/moved/${id}/${name}` }));
  const remote = numbered("m", 6).map((id) => message(id, { attachments: attachments(id) }));
  const spent = async (work: () => Promise<void>) => {
    const before = files.requests.length + server.connections.length;
    await work();
    return on.roundTrips().length + files.requests.length + server.connections.length - before;
  };
  expect(await spent(() => add(on, [...remote, ...numbered("plain", 3).map((id) => message(id))]))).toBeLessThan(
    GRANTED,
  );
  for (let n = 0; n < 6; n++) expect(await spent(() => on.cron())).toBeLessThan(GRANTED);
  expect(server.messages).toHaveLength(9);
  expect(files.requests).toHaveLength(2 * 3 * 6);
});

test("a host that never answers has its messages put off, and others are not kept waiting", {
  timeout: 60_000,
}, async ({ skip }) => {
  const on = await startInvocations({ ...OPEN, ATTACHMENT_TIMEOUT: "1" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer();
  const silent = await fileServer(() => new Promise(() => undefined));
  await addTenant(on, "acme", [server.port]);
  const attachments = [{ filename: "a.txt", storage_path: silent.url }];
  await add(on, [...numbered("m", 3).map((id) => message(id, { attachments })), message("plain")]);
  expect(server.messages).toHaveLength(1);
  for (const id of numbered("m", 3))
    expect(await on.call("GET", `/messages/${id}`)).toMatchObject({
      body: { status: "deferred", attempts: 1, error: expect.stringContaining("has not come within 1 s") },
    });
});

test("with its last requests no redirect is followed: what was sent meanwhile is written down", {
  timeout: 60_000,
}, async ({ skip }) => {
  const on = await startInvocations({ ...OPEN, TICK_SUBREQUESTS: String(GRANTED) });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer();
  const files = await fileServer(({ path }, response) => {
    if (path.split("/further").length > 4) return "content";
    response.statusCode = 302;
    response.setHeader("Location", `${path}/further`);
    return "";
  });
  await addTenant(on, "acme", [server.port]);
  on.roundTrips();
  const attachments = numbered("f", 9).map((name) => ({ filename: name, storage_path: `${files.url}/${name}` }));
  await add(on, [message("m", { attachments }), message("plain")]);
  const spent = on.roundTrips().length + files.requests.length + server.connections.length;
  expect(spent).toBeLessThan(GRANTED);
  expect(await on.call("GET", "/messages/plain")).toMatchObject({ body: { status: "sent" } });
  expect((await on.call("GET", "/messages/m")).body.status).not.toBe("sent");
});
