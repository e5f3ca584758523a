/** A program that calls what the reference's code of version 0.7 serves, with every argument that its methods have. */
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

type Arguments = Record<string, unknown>;

/** Its calls, entity by entity and method by method: arguments that are left out travel as null, or are no parameter. */
function referenceClient({ call }: Pick<TestApp, "call">, token?: string) {
  const query = (given: Arguments) => {
    const named = Object.entries(given).filter(([, value]) => value !== undefined);
    return new URLSearchParams(named.map(([name, value]): [string, string] => [name, asPython(value)]));
  };
  return {
    get: async (method: string, given: Arguments = {}): Promise<unknown> =>
      answerOf(await call("GET", `/${method}?${query(given)}`, undefined, token)),
    post: async (method: string, given: Arguments = {}): Promise<unknown> =>
      answerOf(await call("POST", `/${method}`, given, token)),
  };
}

/** Its client writes flags as Python does. */
function asPython(value: unknown): string {
  return value === true ? "True" : value === false ? "False" : String(value);
}

function answerOf({ status, body }: { status: number; body: unknown }): unknown {
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** `messages.add` has these, and sends them all. */
const message = (given: Arguments) => ({
  ...{
    cc: null,
    bcc: null,
    reply_to: null,
    return_path: null,
    content_type: "plain",
    message_id: null,
    priority: null,
  },
  ...{ deferred_ts: null, batch_code: null, attachments: null, headers: null },
  ...{ tenant_id: "acme", account_id: "main", from_addr: "Acme <shop@example.com>", to: ["a@example.net"] },
  ...given,
});

async function session() {
  const server = await startSmtpServer();
  const proxy = await startApp();
  const admin = referenceClient(proxy);
  const tenant = {
    ...{ id: "acme", name: "Acme", client_auth: { method: "none" }, client_base_url: null, client_sync_path: null },
    ...{ client_attachment_path: null, rate_limits: null, large_file_config: null, active: true },
  };
  const { api_key } = (await admin.post("tenants/add", tenant)) as { api_key: string };
  const account = {
    ...{ id: "main", tenant_id: "acme", host: "127.0.0.1", port: server.port, user: null, password: null, ttl: 300 },
    ...{ limit_per_minute: null, limit_per_hour: null, limit_per_day: null, limit_behavior: null, use_tls: false },
    ...{ batch_size: null, is_pec_account: null, imap_host: null, imap_port: null, imap_user: null },
    ...{ imap_password: null, imap_folder: null },
  };
  expect(await admin.post("accounts/add", account)).toMatchObject({ id: "main", tenant_id: "acme" });
  return { server, proxy, admin, own: referenceClient(proxy, api_key) };
}

test("messages: added one by one and in a batch, delivered, looked at, counted and deleted", async () => {
  const { server, proxy, admin, own } = await session();
  const later = Math.floor(Date.now() / 1000) + 3_600;
  const added = await own.post(
    "messages/add",
    message({
      ...{
        id: "m1",
        subject: "one",
        body: "<b>1</b>",
        content_type: "html",
        reply_to: "help@example.com",
        priority: 1,
      },
      ...{ return_path: "bounces@example.com", message_id: "<one@example.com>", headers: { "X-Order": "7" } },
      ...{
        cc: ["c@example.net"],
        bcc: ["b@example.net"],
        attachments: [{ filename: "a.txt", storage_path: "base64:aGk=" }],
      },
    }),
  );
  expect(added).toMatchObject({ id: "m1", pk: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  await proxy.until("m1", "sent");
  expect(server.messages).toMatchObject([
    { from: "bounces@example.com", recipients: ["a@example.net", "c@example.net", "b@example.net"] },
  ]);
  expect(server.messages[0]?.wire).toMatch(/^Message-ID: <one@example\.com>\r$/m);
  expect(server.messages[0]?.wire).not.toContain("b@example.net");

  const batch = [
    message({ id: "m2", subject: "two", body: "2", deferred_ts: later, batch_code: "june" }),
    message({ id: "m3", subject: "three", body: "3", deferred_ts: later }),
    message({ id: "m4", subject: "four", body: "4", to: ["nobody"] }),
  ];
  expect(await own.post("messages/add_batch", { messages: batch, default_priority: 3 })).toEqual({
    ok: true,
    queued: 2,
    rejected: [{ id: "m4", reason: expect.stringContaining("is not an address") }],
  });
  expect(await admin.get("messages/get", { message_id: "m2", tenant_id: "acme" })).toMatchObject({
    id: "m2",
    priority: 3,
  });
  expect(
    await own.get("messages/list", { tenant_id: "acme", active_only: true, include_history: false }),
  ).toMatchObject([{ id: "m3" }, { id: "m2" }]);
  expect(
    await own.get("messages/list", { tenant_id: "acme", active_only: false, include_history: true }),
  ).toMatchObject([
    { id: "m4", events: [{ event: "error" }] },
    { id: "m3" },
    { id: "m2" },
    { id: "m1", events: [{ event: "sent" }] },
  ]);
  expect(await admin.get("messages/count_active")).toBe(2);
  const pending = (given: Arguments) => admin.get("messages/count_pending_for_tenant", { tenant_id: "acme", ...given });
  expect([await pending({}), await pending({ batch_code: "june" })]).toEqual([2, 1]);

  const { pk } = (await own.get("messages/get", { message_id: "m2", tenant_id: "acme" })) as { pk: string };
  expect(await own.post("messages/delete", { message_pk: pk })).toBe(true);
  expect(await own.post("messages/delete", { message_pk: pk })).toBe(false);
  expect(await own.post("messages/delete_batch", { tenant_id: "acme", ids: ["m3", "m9"] })).toMatchObject({
    ok: true,
    removed: 1,
    not_found: ["m9"],
  });
  expect(await admin.get("messages/count_active")).toBe(0);
});

test("tenants and accounts: looked at, changed, suspended, given another key, deleted", async () => {
  const { proxy, admin } = await session();
  const whose = { tenant_id: "acme" };
  expect(await admin.get("tenants/list", { active_only: true })).toMatchObject([{ id: "acme" }]);
  const change = { ...whose, name: "Acme & Co", client_auth: null, client_base_url: null, active: null };
  expect(await admin.post("tenants/update", change)).toMatchObject({ name: "Acme & Co", active: true });
  const suspended = (batch_code: string | null) => ({ ...whose, batch_code });
  expect(await admin.post("tenants/suspend_batch", suspended("june"))).toMatchObject({ suspended_batches: ["june"] });
  expect(await admin.post("tenants/activate_batch", suspended("june"))).toMatchObject({ suspended_batches: [] });
  expect(await admin.post("instance/suspend", suspended(null))).toMatchObject({ suspended_batches: ["*"] });
  expect(await admin.post("instance/activate", suspended(null))).toMatchObject({ suspended_batches: [] });
  const { api_key } = (await admin.post("tenants/create_api_key", { ...whose, expires_at: null })) as {
    api_key: string;
  };
  const own = referenceClient(proxy, api_key);
  expect(await own.get("tenants/get", whose)).toMatchObject({ id: "acme" });
  expect(await own.get("accounts/list", whose)).toMatchObject([{ id: "main" }]);
  expect(await own.get("accounts/get", { ...whose, account_id: "main" })).toMatchObject({ id: "main", ttl: 300 });
  expect(await admin.post("tenants/revoke_api_key", whose)).toMatchObject({ ok: true });
  expect((await proxy.call("GET", "/tenants/get?tenant_id=acme", undefined, api_key)).status).toBe(401);
  expect(await admin.post("accounts/delete", { ...whose, account_id: "main" })).toMatchObject({ ok: true });
  expect(await admin.post("tenants/delete", whose)).toBe(true);
  expect(await admin.get("tenants/list", { active_only: false })).toEqual([]);
});

test("the instance and its log: asked how it is, told to run, renamed, read and cleared", async () => {
  const { admin, own } = await session();
  expect(await admin.get("instance/health")).toMatchObject({ status: "ok" });
  expect(await admin.get("instance/status")).toMatchObject({ ok: true, active: true });
  expect(await admin.post("instance/run_now", { tenant_id: null })).toMatchObject({ ok: true });
  expect(await own.post("instance/run_now", { tenant_id: "acme" })).toMatchObject({ ok: true });
  expect(await admin.get("instance/get_sync_status")).toMatchObject({ ok: true, tenants: [{ id: "acme" }] });
  const renamed = { name: "prod", api_token: null, edition: null };
  expect(await admin.post("instance/update", renamed)).toMatchObject({ ok: true, name: "prod" });
  expect(await admin.get("instance/get")).toMatchObject({ ok: true, name: "prod" });

  const [last, ...before] = (await admin.get("command_log/list", { tenant_id: "acme", limit: 100 })) as Arguments[];
  expect(last).toMatchObject({ endpoint: "POST /instance/run_now", tenant_id: "acme" });
  expect(before.map(({ endpoint }) => endpoint)).toEqual(["POST /accounts/add", "POST /tenants/add"]);
  expect(await admin.get("command_log/get", { command_id: last?.id })).toMatchObject({ id: last?.id });
  const exported = { tenant_id: "acme", since_ts: 0, until_ts: Math.floor(Date.now() / 1000) + 60 };
  expect(await admin.get("command_log/export", exported)).toHaveLength(3);
  const purged = await admin.post("command_log/purge", { threshold_ts: Math.floor(Date.now() / 1000) + 60 });
  expect(purged).toMatchObject({ ok: true, deleted: expect.any(Number) });
});

test("the token of an instance is changed where it is kept, and not by a call", async () => {
  const { proxy } = await session();
  const { status, body } = await proxy.call("POST", "/instance/update", { api_token: "another" });
  expect([status, body.details]).toEqual([422, [{ path: "api_token", message: "unknown field" }]]);
});
