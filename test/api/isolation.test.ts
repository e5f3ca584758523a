import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { addTenant, message, type TestApi, testApi } from "./support.ts";

/** A way to try a route with the key of `acme` on what belongs to `globex`, and the status that must come of it. */
interface Attempt {
  path: string;
  json?: unknown;
  status: number;
}

const FOREIGN = "tenant_id=globex";

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
  "DELETE /tenant/:id/api-key": () => [{ path: "/tenant/globex/api-key", status: 403 }],
  "POST /commands/suspend": () => [{ path: `/commands/suspend?${FOREIGN}`, status: 403 }],
  "POST /commands/activate": () => [{ path: `/commands/activate?${FOREIGN}`, status: 403 }],
  "POST /commands/run-now": () => [{ path: `/commands/run-now?${FOREIGN}`, status: 403 }],
  "GET /instance": () => [{ path: "/instance", status: 403 }],
  "PUT /instance": () => [{ path: "/instance", json: { name: "mine" }, status: 403 }],
  "GET /command-log": () => [
    { path: "/command-log", status: 200 },
    { path: `/command-log?${FOREIGN}`, status: 403 },
  ],
  "GET /command-log/export": () => [
    { path: "/command-log/export", status: 200 },
    { path: `/command-log/export?${FOREIGN}`, status: 403 },
  ],
  "GET /status": () => [{ path: "/status", status: 403 }],
  "GET /metrics": () => [{ path: "/metrics", status: 403 }],
  "GET /health": () => [{ path: "/health", status: 200 }],
  "GET /ready": () => [{ path: "/ready", status: 200 }],
  "GET /inbox": () => [{ path: "/inbox", status: 200 }],
  "GET /inbox/messages": () => [{ path: "/inbox/messages", status: 403 }],
  "DELETE /inbox/messages": () => [{ path: "/inbox/messages", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}": () => [{ path: "/inbox/messages/1", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}/raw": () => [{ path: "/inbox/messages/1/raw", status: 403 }],
  "GET /inbox/messages/:n{[0-9]+}/attachments/:position{[0-9]+}": () => [
    { path: "/inbox/messages/1/attachments/0", status: 403 },
  ],
};

/** Routes that anybody may call. */
const PUBLIC = new Set(["GET /health", "GET /ready", "GET /inbox"]);

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
  await rows(api.service.db, "update messages set state = 'sent', finished_at = 0 where id = 'sent'");
  const { pk } = (await api.get("/messages/hidden", theirs)).body;
  return { api, key, pk: String(pk) };
}

async function belongings(api: TestApi): Promise<unknown[]> {
  const tables = ["messages", "accounts", "suspensions", "events"];
  const found = tables.map((table) => rows(api.service.db, `select * from ${table} where tenant_id = 'globex'`));
  return [await rows(api.service.db, "select * from tenants where id = 'globex'"), ...(await Promise.all(found))];
}

const routes = (api: TestApi) =>
  new Set(
    api.app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
      .map(({ method, path }) => `${method} ${path}`),
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
    for (const { path, json, status } of attempts(pk)) {
      const answer = await api.call(methodOf(route), path, { token: key, json });
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
    expect([route, status]).toEqual([route, PUBLIC.has(route) ? 200 : 401]);
  }
});

function methodOf(route: string): string {
  return route.slice(0, route.indexOf(" "));
}
