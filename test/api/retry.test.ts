/** POST /messages/{id}/retry and /cancel: whose message, in which state, and what goes over the wire afterwards. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { startApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, apiWithTenant, message, type TestApi } from "./support.ts";

const fail = (api: TestApi, id: string) =>
  rows(api.service.db, "update messages set state = 'error', error = 'no', finished_at = 1 where id = :id", { id });

test("a message is canceled by its id and sent again by its pk, and the answer shows it", async () => {
  const { api, key } = await apiWithTenant();
  const id = "order/42 %?#ü";
  await api.add([message(id)], key);
  const canceled = await api.post(`/messages/${encodeURIComponent(id)}/cancel`, undefined, key);
  expect([canceled.status, canceled.body]).toMatchObject([200, { ok: true, id, status: "canceled" }]);
  expect((await api.get("/messages?status=canceled", key)).body.messages).toMatchObject([{ id }]);
  api.told.length = 0;
  api.now += 1;
  const again = await api.post(`/messages/${canceled.body.pk}/retry`, undefined, key);
  expect([again.status, again.body]).toMatchObject([200, { ok: true, id, status: "pending", attempts: 0 }]);
  expect(api.told).toEqual(["wake"]);
  const { events } = (await api.get(`/messages/${canceled.body.pk}`, key)).body;
  expect(events).toMatchObject([{ event: "canceled" }, { event: "retried" }]);
});

test.each(["retry", "cancel"])(
  "%s: a foreign message is not found, an id of two tenants is ambiguous",
  async (verb) => {
    const { api, key } = await apiWithTenant();
    const other = await addTenant(api, "globex");
    for (const token of [key, other]) await api.add([message("m")], token);
    await api.add([message("theirs")], other);
    if (verb === "retry") for (const id of ["m", "theirs"]) await fail(api, id);
    const call = (path: string, token?: string) => api.post(path, undefined, token);
    const { pk } = (await api.get("/messages/theirs", other)).body;
    expect((await call(`/messages/none/${verb}`)).status).toBe(404);
    expect((await call(`/messages/theirs/${verb}`, key)).status).toBe(404);
    expect((await call(`/messages/${pk}/${verb}`, key)).status).toBe(404);
    expect((await call(`/messages/theirs/${verb}?tenant_id=globex`, key)).status).toBe(403);
    expect((await call(`/messages/m/${verb}`)).body.code).toBe("conflict");
    expect((await call(`/messages/m/${verb}?tenant_id=acme`)).body).toMatchObject({ ok: true, tenant_id: "acme" });
    expect((await call(`/messages/m/${verb}?force=true`, key)).status).toBe(422);
    const [theirs] = await rows(api.service.db, "select state from messages where id = 'theirs'");
    expect(theirs).toMatchObject({ state: verb === "retry" ? "error" : "ready" });
  },
);

test("where it cannot be, the state is told in words", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  const { status, body } = await api.post("/messages/m/retry", undefined, key);
  expect([status, body]).toMatchObject([409, { code: "conflict", error: expect.stringContaining("waits already") }]);
});

test("sent again, a message reaches those alone who had refused it, under the same Message-ID, and is reported anew", async () => {
  let refusing = true;
  const server = await startSmtpServer({
    answer: ({ verb, line }) =>
      refusing && verb === "RCPT" && line.includes("bob") ? "550 5.1.1 no such user" : undefined,
  });
  const app = await startApp();
  await app.call("POST", "/tenant", { id: "acme" });
  await app.call("POST", "/account", {
    id: "default",
    tenant_id: "acme",
    host: "127.0.0.1",
    port: server.port,
    use_tls: false,
  });
  const to = ["ann@example.net", "bob@example.net"];
  await app.call("POST", "/commands/add-messages", { messages: [message("m", { to })] });
  await app.until("m", "sent");
  refusing = false;
  expect(await app.call("POST", "/messages/m/retry")).toMatchObject({ status: 200 });
  const { events, recipients } = await app.until("m", "sent");
  await server.until(() => server.messages.length === 2);
  expect(server.messages.map((one) => one.recipients)).toEqual([["ann@example.net"], ["bob@example.net"]]);
  const [first, second] = server.messages.map(({ wire }) => /^Message-ID: .*$/im.exec(wire)?.[0]);
  expect(second).toBe(first);
  expect(recipients).toMatchObject([{ status: "sent" }, { status: "sent" }]);
  expect(events).toMatchObject([{ event: "sent" }, { event: "retried" }, { event: "sent" }]);
  expect((await app.call("POST", "/messages/m/retry")).body).toMatchObject({ code: "conflict" });
});
