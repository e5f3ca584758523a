import { expect, test } from "vitest";
import { ALIASES } from "../../src/api/aliases.ts";
import { rows } from "../../src/db/database.ts";
import { bounce } from "../bounces/mails.ts";
import { addTenant, message, type TestApi, testApi } from "./support.ts";

/** A way to try a route with the key of `acme` on what belongs to `globex`, and the status that must come of it. */
interface Attempt {
  path: string;
  json?: unknown;
  /** Instead of it: a mail. */
  mail?: string;
  status: number;
}

const FOREIGN = "tenant_id=globex";
const EMAIL = { from: "app@example.com", to: "you@example.net", subject: "Hello", text: "Hi" };

/** Every route, and every way into another tenant through it. A route that is missing here fails the test. */
const ATTEMPTS: Record<string, (foreignPk: string) => Attempt[]> = {
  "POST /commands/add-messages": () => [
    // Refused one by one: a batch that is well-formed is always answered 200.
    { path: "/commands/add-messages", json: { messages: [message("new", { tenant_id: "globex" })] }, status: 200 },
    { path: "/commands/add-messages", json: { messages: [message("new", { account_id: "theirs" })] }, status: 200 },
    { path: "/commands/add-messages", json: { messages: [{ id: "empty", tenant_id: "globex" }] }, status: 200 },
  ],
  "GET /messages": () => [
    { path: `/messages?${FOREIGN}`, status: 403 },
    { path: "/messages?include=payload", status: 200 },
    { path: "/messages?account_id=theirs", status: 200 },
    { path: "/messages?q=hidden", status: 200 },
  ],
  "GET /messages/:id": (pk) => [
    { path: "/messages/hidden", status: 404 },
    { path: `/messages/${pk}`, status: 404 },
    { path: `/messages/hidden?${FOREIGN}`, status: 403 },
  ],
  "GET /messages/:id/raw": (pk) => [
    { path: "/messages/hidden/raw", status: 404 },
    { path: `/messages/${pk}/raw`, status: 404 },
    { path: `/messages/hidden/raw?${FOREIGN}`, status: 403 },
  ],
  ...Object.fromEntries(
    ["retry", "cancel"].map((verb) => [
      `POST /messages/:id/${verb}`,
      (pk: string) => [
        { path: `/messages/hidden/${verb}`, status: 404 },
        { path: `/messages/${pk}/${verb}`, status: 404 },
        { path: `/messages/hidden/${verb}?${FOREIGN}`, status: 403 },
      ],
    ]),
  ),
  "GET /emails": (pk) => [
    { path: `/emails?${FOREIGN}`, status: 403 },
    { path: "/emails?to=you&subject=private", status: 200 },
    { path: `/emails?after=${pk}`, status: 422 },
    { path: "/emails?before=hidden", status: 422 },
  ],
  ...onForeignEmail("GET", ""),
  ...onForeignEmail("PATCH", "", { scheduled_at: "in 1 hour" }),
  ...onForeignEmail("POST", "/cancel"),
  ...onForeignEmail("GET", "/events"),
  ...onForeignEmail("GET", "/insights"),
  "POST /emails": () => [
    { path: `/emails?${FOREIGN}`, json: EMAIL, status: 403 },
    { path: "/emails", json: { ...EMAIL, account_id: "theirs" }, status: 422 },
    // The same key, and the same payload, as the other tenant has used.
    { path: "/emails", json: { ...EMAIL, account_id: "theirs", idempotency_key: "hidden" }, status: 422 },
  ],
  "POST /emails/batch": () => [
    { path: `/emails/batch?${FOREIGN}`, json: [EMAIL], status: 403 },
    { path: "/emails/batch", json: [{ ...EMAIL, account_id: "theirs" }], status: 422 },
    { path: "/emails/batch", json: { emails: [{ ...EMAIL, account_id: "theirs" }] }, status: 200 },
  ],
  "POST /commands/delete-messages": (pk) => [
    { path: "/commands/delete-messages", json: { ids: ["hidden", pk] }, status: 200 },
    { path: `/commands/delete-messages?${FOREIGN}`, json: { ids: ["hidden"] }, status: 403 },
  ],
  "POST /commands/cleanup-messages": () => [
    { path: "/commands/cleanup-messages", json: { older_than_seconds: 0 }, status: 200 },
    { path: `/commands/cleanup-messages?${FOREIGN}`, json: { older_than_seconds: 0 }, status: 403 },
  ],
  "POST /account": () => [
    { path: "/account", json: { id: "theirs", tenant_id: "globex", host: "smtp.evil.example" }, status: 403 },
  ],
  "GET /accounts": () => [
    { path: "/accounts", status: 200 },
    { path: `/accounts?${FOREIGN}`, status: 403 },
  ],
  "GET /account/:id": () => [
    { path: "/account/theirs", status: 404 },
    { path: `/account/theirs?${FOREIGN}`, status: 403 },
  ],
  "DELETE /account/:id": () => [
    { path: "/account/theirs?force=true", status: 404 },
    { path: `/account/theirs?force=true&${FOREIGN}`, status: 403 },
  ],
  "POST /account/:id/pause": () => [
    { path: "/account/theirs/pause", status: 404 },
    { path: `/account/theirs/pause?${FOREIGN}`, status: 403 },
  ],
  "POST /account/:id/resume": () => [
    { path: "/account/theirs/resume", status: 404 },
    { path: `/account/theirs/resume?${FOREIGN}`, status: 403 },
  ],
  "POST /account/:id/test": () => [
    { path: "/account/theirs/test", status: 404 },
    { path: `/account/theirs/test?${FOREIGN}`, status: 403 },
  ],
  "POST /tenant": () => [{ path: "/tenant", json: { id: "globex", name: "mine" }, status: 403 }],
  "GET /tenants": () => [{ path: "/tenants", status: 200 }],
  "GET /tenants/sync-status": () => [{ path: "/tenants/sync-status", status: 200 }],
  "GET /tenant/:id": () => [{ path: "/tenant/globex", status: 403 }],
  "PUT /tenant/:id": () => [
    { path: "/tenant/globex", json: { name: "mine" }, status: 403 },
    { path: "/tenant/acme", json: { id: "globex", name: "mine" }, status: 422 },
  ],
  "DELETE /tenant/:id": () => [{ path: "/tenant/globex?force=true", status: 403 }],
  "POST /tenant/:id/api-key": () => [{ path: "/tenant/globex/api-key", json: {}, status: 403 }],
  "POST /tenant/:id/webhook-secret": () => [{ path: "/tenant/globex/webhook-secret", json: {}, status: 403 }],
  "DELETE /tenant/:id/api-key": () => [{ path: "/tenant/globex/api-key", status: 403 }],
  "POST /commands/suspend": () => [{ path: `/commands/suspend?${FOREIGN}`, status: 403 }],
  "POST /commands/activate": () => [{ path: `/commands/activate?${FOREIGN}`, status: 403 }],
  "POST /commands/run-now": () => [{ path: `/commands/run-now?${FOREIGN}`, status: 403 }],
  "GET /suppressions": () => [
    { path: "/suppressions", status: 200 },
    { path: "/suppressions?format=csv", status: 200 },
    { path: `/suppressions?${FOREIGN}`, status: 403 },
  ],
  "POST /suppressions": () => [
    { path: "/suppressions", json: { tenant_id: "globex", address: "a@example.net" }, status: 403 },
    { path: `/suppressions?${FOREIGN}`, json: { address: "a@example.net" }, status: 403 },
    { path: "/suppressions", json: { suppressions: [{ address: "a@example.net", tenant_id: "globex" }] }, status: 200 },
  ],
  "DELETE /suppressions": () => [
    { path: "/suppressions?address=hidden%40globex.example", status: 200 },
    { path: `/suppressions?${FOREIGN}&address=hidden%40globex.example`, status: 403 },
  ],
  "POST /webhooks": () => [{ path: `/webhooks?${FOREIGN}`, json: { endpoint: "https://acme.example" }, status: 403 }],
  "GET /webhooks": () => [
    { path: "/webhooks", status: 200 },
    { path: "/webhooks?after=hook-of-globex", status: 200 },
    { path: `/webhooks?${FOREIGN}`, status: 403 },
  ],
  ...onForeignWebhook("GET", ""),
  ...onForeignWebhook("PATCH", "", { endpoint: "https://acme.example" }),
  ...onForeignWebhook("DELETE", ""),
  ...onForeignWebhook("POST", "/test"),
  ...onForeignWebhook("POST", "/rotate-secret", {}),
  ...onForeignWebhook("POST", "/signing-secret/rotate", {}),
  ...onForeignWebhook("POST", "/deliveries/replay", { since: 0 }),
  ...onForeignWebhook("POST", "/deliveries/batch-replay", { since: 0 }),
  ...Object.assign(
    {},
    ...["/deliveries", "/events"].flatMap((log) => [
      onForeignWebhook("GET", log),
      onForeignWebhook("GET", `${log}/:delivery`),
      onForeignWebhook("GET", `${log}/:delivery/attempts`),
      onForeignWebhook("POST", `${log}/:delivery/replay`),
    ]),
  ),
  "POST /bounces": (pk) => [
    { path: "/bounces", mail: bounce({ pk, recipients: [{ address: "you@example.net" }] }), status: 200 },
    { path: "/bounces", mail: bounce({ id: "hidden", recipients: [{ address: "you@example.net" }] }), status: 200 },
    { path: `/bounces?${FOREIGN}`, mail: bounce({ pk }), status: 403 },
  ],
  "GET /instance": () => [{ path: "/instance", status: 403 }],
  "PUT /instance": () => [{ path: "/instance", json: { name: "mine" }, status: 403 }],
  "GET /instance/settings": () => [{ path: "/instance/settings", status: 403 }],
  "POST /instance/reload-bounce": () => [{ path: "/instance/reload-bounce", status: 403 }],
  "GET /command-log": () => [
    { path: "/command-log", status: 200 },
    { path: `/command-log?${FOREIGN}`, status: 403 },
  ],
  "GET /command-log/export": () => [
    { path: "/command-log/export", status: 200 },
    { path: `/command-log/export?${FOREIGN}`, status: 403 },
  ],
  "DELETE /command-log": () => [{ path: "/command-log?until=9999999999", status: 403 }],
  "GET /figures": () => [
    { path: "/figures", status: 200 },
    { path: "/figures?account_id=theirs", status: 200 },
    { path: `/figures?${FOREIGN}`, status: 403 },
  ],
  "GET /overview": () => [
    { path: "/overview", status: 200 },
    { path: `/overview?${FOREIGN}`, status: 403 },
  ],
  "GET /status": () => [{ path: "/status", status: 403 }],
  "GET /metrics": () => [{ path: "/metrics", status: 403 }],
  "GET /health": () => [{ path: "/health", status: 200 }],
  "GET /instance/health": () => [{ path: "/instance/health", status: 200 }],
  "GET /ready": () => [{ path: "/ready", status: 200 }],
  "GET /openapi.json": () => [{ path: "/openapi.json", status: 200 }],
  "GET /docs": () => [{ path: "/docs", status: 200 }],
  "GET /files/:token/:filename": () => [{ path: "/files/nonsense/a.txt", status: 404 }],
  "GET /unsubscribe/:token": () => [{ path: "/unsubscribe/nonsense", status: 404 }],
  "POST /unsubscribe/:token": () => [{ path: "/unsubscribe/nonsense", status: 404 }],
  "GET /inbox": () => [{ path: "/inbox", status: 302 }],
  "GET /inbox/messages": () => [{ path: "/inbox/messages", status: 403 }],
  "DELETE /inbox/messages": () => [{ path: "/inbox/messages", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}": () => [{ path: "/inbox/messages/1", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}/raw": () => [{ path: "/inbox/messages/1/raw", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}/attachments/:position{[0-9]+}": () => [
    { path: "/inbox/messages/1/attachments/0", status: 403 },
  ],

  // Aliases: where a route stands behind them that does not know tenants, their own way into another one.
  "POST /messages/add": () => [
    { path: "/messages/add", json: message("new", { tenant_id: "globex" }), status: 422 },
    { path: "/messages/add", json: message("new", { account_id: "theirs" }), status: 422 },
  ],
  "POST /messages/add_batch": () => [
    { path: "/messages/add_batch", json: { messages: [message("new", { tenant_id: "globex" })] }, status: 200 },
  ],
  "POST /messages/delete": (pk) => [{ path: "/messages/delete", json: { message_pk: pk }, status: 200 }],
  "POST /messages/delete_batch": (pk) => [
    { path: "/messages/delete_batch", json: { ids: ["hidden", pk] }, status: 200 },
    { path: "/messages/delete_batch", json: { ids: ["hidden"], tenant_id: "globex" }, status: 403 },
  ],
  "POST /messages/cleanup": () => [
    { path: "/messages/cleanup", json: { older_than_seconds: 0 }, status: 200 },
    { path: "/messages/cleanup", json: { older_than_seconds: 0, tenant_id: "globex" }, status: 403 },
  ],
  "GET /messages/list": () => [
    { path: "/messages/list?include_history=true", status: 200 },
    { path: `/messages/list?${FOREIGN}`, status: 403 },
  ],
  "GET /messages/get": (pk) => [
    { path: "/messages/get?message_id=hidden", status: 404 },
    { path: `/messages/get?message_id=${pk}`, status: 404 },
    { path: `/messages/get?message_id=hidden&${FOREIGN}`, status: 403 },
  ],
  "GET /messages/count_active": () => [{ path: `/messages/count_active?${FOREIGN}`, status: 403 }],
  "GET /messages/count_pending_for_tenant": () => [
    { path: `/messages/count_pending_for_tenant?${FOREIGN}`, status: 403 },
  ],
  ...onForeignTenant("POST", "/tenants", [
    ...["update", "delete", "suspend_batch", "activate_batch", "create_api_key", "revoke_api_key"],
  ]),
  "POST /tenants/add": () => [{ path: "/tenants/add", json: { id: "globex", name: "mine" }, status: 403 }],
  "GET /tenants/list": () => [{ path: "/tenants/list", status: 200 }],
  ...onForeignTenant("GET", "/tenants", ["get"]),
  "POST /accounts/add": () => [
    { path: "/accounts/add", json: { id: "theirs", tenant_id: "globex", host: "smtp.evil.example" }, status: 403 },
  ],
  "POST /accounts/delete": () => [
    { path: "/accounts/delete", json: { account_id: "theirs", force: true }, status: 404 },
    { path: "/accounts/delete", json: { account_id: "theirs", tenant_id: "globex" }, status: 403 },
  ],
  "GET /accounts/list": () => [
    { path: "/accounts/list", status: 200 },
    { path: `/accounts/list?${FOREIGN}`, status: 403 },
  ],
  "GET /accounts/get": () => [
    { path: "/accounts/get?account_id=theirs", status: 404 },
    { path: `/accounts/get?account_id=theirs&${FOREIGN}`, status: 403 },
  ],
  ...onForeignTenant("POST", "/instance", ["run_now", "suspend", "activate"]),
  "POST /instance/update": () => [{ path: "/instance/update", json: { name: "mine" }, status: 403 }],
  "GET /instance/status": () => [{ path: "/instance/status", status: 403 }],
  "GET /instance/get": () => [{ path: "/instance/get", status: 403 }],
  "GET /instance/get_sync_status": () => [{ path: "/instance/get_sync_status", status: 200 }],
  "GET /command_log/list": () => [
    { path: "/command_log/list", status: 200 },
    { path: `/command_log/list?${FOREIGN}`, status: 403 },
  ],
  "GET /command_log/get": () => [
    // The fourth call was the admin's, about the other tenant.
    { path: "/command_log/get?command_id=4", status: 404 },
  ],
  "GET /command_log/export": () => [
    { path: "/command_log/export", status: 200 },
    { path: `/command_log/export?${FOREIGN}`, status: 403 },
  ],
  "POST /command_log/purge": () => [{ path: "/command_log/purge", json: { threshold_ts: 9999999999 }, status: 403 }],
};

/** Verbs that are about a tenant which they name. */
function onForeignTenant(method: "GET" | "POST", entity: string, verbs: string[]): typeof ATTEMPTS {
  const attempt = (path: string): Attempt =>
    method === "GET"
      ? { path: `${path}?${FOREIGN}`, status: 403 }
      : { path, json: { tenant_id: "globex" }, status: 403 };
  return Object.fromEntries(verbs.map((verb) => [`${method} ${entity}/${verb}`, () => [attempt(`${entity}/${verb}`)]]));
}

/** By its pk and by its id, also in another tenant's name. */
function onForeignEmail(method: string, path: string, json?: object): typeof ATTEMPTS {
  return {
    [`${method} /emails/:id${path}`]: (pk) => [
      { path: `/emails/${pk}${path}`, json, status: 404 },
      { path: `/emails/hidden${path}`, json, status: 404 },
      { path: `/emails/${pk}${path}?${FOREIGN}`, json, status: 403 },
    ],
  };
}

/** By its id, also in another tenant's name, and its delivery as if it were that of the caller's own webhook. */
function onForeignWebhook(method: string, path: string, json?: object): typeof ATTEMPTS {
  const of = (webhook: string) => `/webhooks/${webhook}${path.replace(":delivery", "delivery-of-globex")}`;
  const attempts: Attempt[] = [
    { path: of("hook-of-globex"), json, status: 404 },
    { path: `${of("hook-of-globex")}?${FOREIGN}`, json, status: 403 },
  ];
  if (path.includes(":delivery")) attempts.push({ path: of("hook-of-acme"), json, status: 404 });
  return { [`${method} /webhooks/:id${path}`]: () => attempts };
}

/** Routes that anybody may call. */
const PUBLIC = new Set([
  ...["GET /health", "GET /instance/health", "GET /ready", "GET /inbox", "GET /openapi.json", "GET /docs"],
  ...["GET /files/:token/:filename", "GET /unsubscribe/:token", "POST /unsubscribe/:token"],
]);

/** What only `globex` may see: none of its texts is an id that the attempts themselves name. */
const PRIVATE = /private-of-globex/;

async function withForeignTenant(): Promise<{ api: TestApi; key: string; pk: string }> {
  const api = await testApi({}, true);
  const key = await addTenant(api, "acme");
  const theirs = await addTenant(api, "globex");
  await api.post("/tenant", {
    id: "globex",
    name: "private-of-globex",
    client_base_url: "https://private-of-globex.example",
  });
  await api.post("/account", { id: "theirs", tenant_id: "globex", host: "smtp.private-of-globex.example" });
  await api.add([message("hidden", { subject: "private-of-globex", account_id: "theirs" }), message("sent")], theirs);
  await api.post("/suppressions", { address: "hidden@globex.example", reason: "private-of-globex" }, theirs);
  await api.post("/emails", { ...EMAIL, account_id: "theirs", idempotency_key: "hidden" }, theirs);
  await api.post("/webhooks", { endpoint: "https://private-of-globex.example" }, theirs);
  await api.post("/webhooks", { endpoint: "https://acme.example" }, key);
  await rows(api.service.db, "update webhooks set id = 'hook-of-' || tenant_id");
  await rows(
    api.service.db,
    `insert into webhook_deliveries (id, webhook, type, payload, state, created_at)
     values ('delivery-of-globex', 'hook-of-globex', 'email.sent', '{"data":"private-of-globex"}', 'failed', 0)`,
  );
  await rows(api.service.db, "update messages set state = 'sent', finished_at = 0 where id = 'sent'");
  // So that a bounce of it would be believed.
  await rows(api.service.db, "update messages set outcome_unknown = 1 where id = 'hidden'");
  const { pk } = (await api.get("/messages/hidden", theirs)).body;
  return { api, key, pk: String(pk) };
}

async function belongings(api: TestApi): Promise<unknown[]> {
  const tables = ["messages", "accounts", "suspensions", "events", "suppressions", "webhooks", "idempotency_keys"];
  const found = tables.map((table) => rows(api.service.db, `select * from ${table} where tenant_id = 'globex'`));
  const deliveries = rows(api.service.db, "select * from webhook_deliveries where webhook = 'hook-of-globex'");
  const tenant = rows(api.service.db, "select * from tenants where id = 'globex'");
  return Promise.all([tenant, deliveries, ...found]);
}

const routes = (api: TestApi) =>
  new Set(
    api.app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
      .map(({ method, path }) => `${method} ${path}`)
      .concat(ALIASES.map(({ at }) => at)),
  );

test("every route has its attempts here", async () => {
  const { api } = await withForeignTenant();
  expect([...routes(api)].sort()).toEqual(Object.keys(ATTEMPTS).sort());
});

test("no route opens anything of another tenant", async () => {
  const { api, key, pk } = await withForeignTenant();
  const before = await belongings(api);
  api.told.length = 0;
  for (const [route, attempts] of Object.entries(ATTEMPTS)) {
    for (const { path, json, mail, status } of attempts(pk)) {
      const asMail = mail === undefined ? {} : { body: mail, headers: { "Content-Type": "message/rfc822" } };
      const answer = await api.call(methodOf(route), path, { token: key, json, ...asMail });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.text, path).not.toMatch(PRIVATE);
    }
    expect(await belongings(api), route).toEqual(before);
  }
  expect(api.told.filter((told) => told.includes("globex"))).toEqual([]);
});

test("every route needs a token, but for those that anybody may call", async () => {
  const api = await testApi({}, true);
  for (const [route, attempts] of Object.entries(ATTEMPTS)) {
    const [attempt] = attempts("pk");
    const { status } = await api.call(methodOf(route), attempt!.path, { token: null, json: attempt!.json });
    expect([route, status === 401]).toEqual([route, !PUBLIC.has(route)]);
  }
});

function methodOf(route: string): string {
  return route.slice(0, route.indexOf(" "));
}
