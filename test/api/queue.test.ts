import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { addTenant, apiWithTenant, message, T0, type TestApi } from "./support.ts";

type Listed = Record<string, unknown>;

const listed = async (api: TestApi, path: string, token: string) =>
  ((await api.get(path, token)).body.messages as Listed[]).map(({ id }) => id);

test("messages are listed newest first, in pages that join without a gap", async () => {
  const { api, key } = await apiWithTenant();
  await api.add(
    ["a", "b", "c", "d", "e"].map((id) => message(id)),
    key,
  );
  const first = (await api.get("/messages?limit=2", key)).body;
  const second = (await api.get(`/messages?limit=2&cursor=${first.next_cursor}`, key)).body;
  const third = (await api.get(`/messages?limit=2&cursor=${second.next_cursor}`, key)).body;
  const ids = [first, second, third].flatMap(({ messages }) => (messages as Listed[]).map(({ id }) => id));
  expect(ids).toEqual(["e", "d", "c", "b", "a"]);
  expect(third.next_cursor).toBeNull();
});

test("a page with payloads ends before it takes too much memory, and the next one goes on", async () => {
  const { api, key } = await apiWithTenant();
  const body = "A line of text that is long enough.\r\n".repeat(80_000); // about 3 MB
  for (const id of ["a", "b", "c", "d"]) await api.add([message(id, { body })], key);
  const first = (await api.get("/messages?include=payload", key)).body;
  const second = (await api.get(`/messages?include=payload&cursor=${first.next_cursor}`, key)).body;
  const ids = [first, second].map(({ messages }) => (messages as Listed[]).map(({ id }) => id));
  expect(ids).toEqual([
    ["d", "c"],
    ["b", "a"],
  ]);
  expect((first.messages as Listed[])[0]).toMatchObject({ payload: { text: body } });
});

test.each([
  ["status=deferred", ["later"]],
  ["status=pending", ["news-2", "news-1"]],
  ["active_only=true", ["later", "news-2", "news-1"]],
  ["batch_code=june", ["news-2"]],
  ["account_id=other", ["later"]],
  ["q=100%25", ["news-2"]],
  ["q=you@", ["later", "news-2", "news-1"]],
  [`since=${T0 / 1000 + 5}`, ["later"]],
  ["until=2027-01-15T08:00:05Z", ["news-2", "news-1"]],
])("the list is filtered by %s", async (query, expected) => {
  const { api, key } = await apiWithTenant();
  await api.post("/account", { id: "other", tenant_id: "acme", host: "smtp.example.org" });
  await api.add([message("news-1"), message("news-2", { batch_code: "june", subject: "100% off" })], key);
  api.now += 10_000;
  await api.add([message("later", { deferred_ts: T0 / 1000 + 600, account_id: "other" })], key);
  expect(await listed(api, `/messages?${query}`, key)).toEqual(expected);
});

test.each([
  "limit=501",
  "limit=0",
  "cursor=x",
  "status=lost",
  "sttus=sent",
  "since=soon",
  `q=${"x".repeat(201)}`,
  "limit=1&limit=2",
])("the list refuses %s", async (query) => {
  const { api, key } = await apiWithTenant();
  expect((await api.get(`/messages?${query}`, key)).status).toBe(422);
});

test("a message is found by its percent-encoded id or its pk, with its events; its content only on demand", async () => {
  const { api, key } = await apiWithTenant();
  const id = "order/42 %?#ü";
  await api.add([message(id)], key);
  const { status, body } = await api.get(`/messages/${encodeURIComponent(id)}`, key);
  expect([status, body.id, body.status, body.events]).toEqual([200, id, "pending", []]);
  expect(body).not.toHaveProperty("payload");
  const byPk = await api.get(`/messages/${body.pk}?include=payload`, key);
  expect(byPk.body).toMatchObject({ id, payload: { text: "Hi" } });
  expect((await api.get("/messages/none", key)).status).toBe(404);
});

test("where tenants share an id the admin must say whose is meant", async () => {
  const { api, key } = await apiWithTenant();
  const other = await addTenant(api, "globex");
  await api.add([message("m")], key);
  await api.add([message("m")], other);
  expect((await api.get("/messages/m")).status).toBe(409);
  expect((await api.get("/messages/m?tenant_id=globex")).body.tenant_id).toBe("globex");
  expect((await api.get("/messages/m", key)).body.tenant_id).toBe("acme");
});

test("messages are deleted by id or pk; one in flight stays, a foreign id is unknown, a foreign pk is not the key's", async () => {
  const { api, key } = await apiWithTenant();
  const other = await addTenant(api, "globex");
  await api.add([message("theirs")], other);
  const { pk: foreign } = (await api.get("/messages/theirs", other)).body;
  await api.add([message("a"), message("b"), message("flying")], key);
  const { pk } = (await api.get("/messages/b", key)).body;
  await rows(api.service.db, "update messages set state = 'sending', token = 1 where id = 'flying'");
  const { body } = await api.post("/commands/delete-messages", { ids: ["a", pk, "flying", "theirs", foreign] }, key);
  expect(body).toEqual({
    ok: true,
    removed: 2,
    not_found: ["theirs"],
    unauthorized: [foreign],
    being_sent: ["flying"],
  });
  expect((await api.get("/messages/theirs", other)).status).toBe(200);
});

test("cleanup takes what is finished and reported, of the tenant named", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("done"), message("waiting")], key);
  await rows(api.service.db, "update messages set state = 'sent', finished_at = :now where id = 'done'", { now: T0 });
  api.now += 3_600_000;
  const clean = (seconds: number) => api.post("/commands/cleanup-messages", { older_than_seconds: seconds }, key);
  expect((await clean(7_200)).body).toEqual({ ok: true, removed: 0 });
  expect((await clean(60)).body).toEqual({ ok: true, removed: 1 });
  expect(await listed(api, "/messages", key)).toEqual(["waiting"]);
});

test("what waits can be said as a whole, as a field of the tenant", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("a", { batch_code: "june" }), message("b", { batch_code: "july" }), message("c")], key);
  const put = (json: object) => api.call("PUT", "/tenant/acme", { json, token: key });
  const held = async (suspended_batches: string[] | null | undefined) => {
    const { status, body } = await put({ suspended_batches });
    expect(status).toBe(200);
    const found = await rows<{ id: string }>(
      api.service.db,
      "select id from messages where state = 'held' order by id",
    );
    return [body.suspended_batches, found.map(({ id }) => id).join("")];
  };
  expect(await held(["june"])).toEqual([["june"], "a"]);
  expect(await held(undefined)).toEqual([["june"], "a"]);
  expect(await held(["july"])).toEqual([["july"], "b"]);
  expect(await held(["*"])).toEqual([["*"], "abc"]);
  expect(await held(["july", "*"])).toEqual([["*", "july"], "abc"]);
  api.told.length = 0;
  expect(await held(["july"])).toEqual([["july"], "b"]);
  expect(api.told).toEqual(["wake"]);
  expect(await held(null)).toEqual([[], ""]);
  const fresh = await api.post("/tenant", { id: "fresh", suspended_batches: ["*"] });
  expect([fresh.status, fresh.body.suspended_batches]).toEqual([200, ["*"]]);
  expect((await put({ suspended_batches: "june" })).status).toBe(422);
});

test("a suspended batch waits, the others go; one batch cannot be activated while all are suspended", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("a", { batch_code: "june" }), message("b")], key);
  const suspended = await api.post("/commands/suspend?batch_code=june", undefined, key);
  expect(suspended.body).toEqual({
    ok: true,
    tenant_id: "acme",
    batch_code: "june",
    suspended_batches: ["june"],
    pending_messages: 1,
  });
  const states = () => rows(api.service.db, "select id, state from messages order by id");
  expect(await states()).toEqual([
    { id: "a", state: "held" },
    { id: "b", state: "ready" },
  ]);
  expect((await api.post("/commands/suspend", undefined, key)).body).toMatchObject({
    suspended_batches: ["*", "june"],
  });
  expect((await api.post("/commands/activate?batch_code=june", undefined, key)).status).toBe(409);
  api.told.length = 0;
  const all = await api.post("/commands/activate", undefined, key);
  expect(all.body).toMatchObject({ batch_code: null, suspended_batches: [], pending_messages: 2 });
  expect(api.told).toEqual(["wake"]);
  expect(await states()).toEqual([
    { id: "a", state: "ready" },
    { id: "b", state: "ready" },
  ]);
});

test("a suspension meant for one batch never becomes one of all because it came in a body", async () => {
  const { api, key } = await apiWithTenant();
  expect((await api.post("/commands/suspend", { batch_code: "june" }, key)).status).toBe(422);
  expect((await api.post("/commands/suspend", {}, key)).status).toBe(200);
});

test("suspending a tenant that does not exist is a 404; of one left unnamed among several, a question", async () => {
  const { api } = await apiWithTenant();
  expect((await api.post("/commands/suspend?tenant_id=nobody")).status).toBe(404);
  await addTenant(api, "globex");
  expect((await api.post("/commands/suspend")).body).toMatchObject({ code: "validation_failed" });
});

test("run-now wakes everything for the admin, and for a key its own tenant", async () => {
  const { api, key } = await apiWithTenant();
  api.told.length = 0;
  await api.post("/commands/run-now");
  await api.post("/commands/run-now", undefined, key);
  await api.post("/commands/run-now?tenant_id=acme");
  expect(api.told).toEqual(["run-now undefined", "run-now acme", "run-now acme"]);
});
