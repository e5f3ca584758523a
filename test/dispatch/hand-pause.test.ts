/** An account that somebody pauses by hand: what waits meanwhile, what ends it, and what does not; over real sockets. */
import { expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

const ACCOUNT = { id: "default", tenant_id: "acme", host: "127.0.0.1", use_tls: false };

async function withAccount(script: Script = {}, now: () => number = Date.now) {
  const server = await startSmtpServer(script);
  const app = await startApp({}, undefined, { now });
  await app.call("POST", "/tenant", { id: "acme" });
  await app.call("POST", "/account", { ...ACCOUNT, port: server.port });
  const add = (id: string) => {
    const message = { id, from: "app@example.com", to: "a@example.net", subject: id, body: "Hello" };
    return app.call("POST", "/commands/add-messages", { messages: [message] });
  };
  const account = async () => (await app.call("GET", "/account/default")).body;
  return { ...app, server, add, account };
}

test("what is paused by hand takes up no mail until it is resumed", async () => {
  const app = await withAccount();
  expect(await app.call("POST", "/account/default/pause")).toMatchObject({
    status: 200,
    body: { state: "paused", paused_by: "hand", paused_until: null },
  });
  await app.add("one");
  await app.call("POST", "/commands/run-now");
  await app.call("POST", "/commands/run-now");
  expect((await app.call("GET", "/messages/one")).body).toMatchObject({ status: "pending", attempts: 0 });
  expect(await app.account()).toMatchObject({ ready_messages: 1 });
  await app.call("POST", "/account/default/resume");
  await app.until("one", "sent");
  expect(await app.account()).toMatchObject({ state: "ok", paused_by: null, ready_messages: 0 });
});

test("neither saving it nor a passed test ends a pause by hand", async () => {
  const app = await withAccount();
  await app.call("POST", "/account/default/pause");
  const saved = await app.call("POST", "/account", { ...ACCOUNT, port: app.server.port, limit_per_hour: 5 });
  expect(saved.body).toMatchObject({ limit_per_hour: 5, state: "paused", paused_by: "hand" });
  expect((await app.call("POST", "/account/default/test")).body).toMatchObject({ ok: true });
  expect(await app.account()).toMatchObject({ state: "paused", paused_by: "hand" });
});

test("a fault of an attempt that began before the pause by hand does not shorten it", async () => {
  const held: (() => void)[] = [];
  const answer: Script["answer"] = ({ verb, connection }) => {
    if (verb !== "MAIL") return undefined;
    held.push(() => connection.socket.write("452 4.3.1 insufficient system storage\r\n"));
    return { raw: "" };
  };
  const app = await withAccount({ extensions: [], answer });
  await app.add("one");
  await app.server.until(() => held.length === 1);
  await app.call("POST", "/account/default/pause");
  held[0]?.();
  await app.until("one", "pending"); // it was given back
  expect(await app.account()).toMatchObject({ state: "paused", paused_by: "hand", paused_until: null });
});

test("a pause by hand ends by itself where a moment was named", async () => {
  let now = Date.now();
  const app = await withAccount({}, () => now);
  const until = Math.floor(now / 1000) + 3_600;
  const paused = await app.call("POST", `/account/default/pause?until=${until}`);
  expect(paused.body).toMatchObject({ state: "paused", paused_by: "hand", paused_until: until });
  await app.add("one");
  now = until * 1000;
  expect(await app.account()).toMatchObject({ state: "ok", paused_by: null });
  await app.call("POST", "/commands/run-now");
  await app.until("one", "sent");
});

test("a pause by hand takes the place of one after a fault, and a moment that is over pauses nothing", async () => {
  const app = await withAccount({ answer: ({ verb }) => (verb === "CONNECT" ? "554 5.3.2 closed" : undefined) });
  await app.add("one");
  while ((await app.account()).state !== "paused") await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await app.account()).toMatchObject({ paused_by: "fault", paused_until: expect.any(Number) });
  await app.call("POST", "/account/default/pause");
  expect(await app.account()).toMatchObject({ paused_by: "hand", paused_until: null, last_error: expect.any(String) });
  expect(await app.call("POST", "/account/default/pause?until=1")).toMatchObject({
    status: 422,
    body: { details: [{ path: "until", message: "must be in the future" }] },
  });
});
