/** Messages are taken by what is remembered of tenants, keys and accounts, and the database is asked nothing but whether that holds. */
import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { findAccount } from "../../src/tenancy/accounts.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { updateInstance } from "../../src/tenancy/instance.ts";
import { createApiKey, revokeApiKey } from "../../src/tenancy/keys.ts";
import { deleteAccount } from "../../src/tenancy/removal.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { watch } from "../support/statements.ts";
import { addTenant, message, T0, type TestApi, testApi } from "./support.ts";

/** An hour after the API has last asked for anything; `db` is changed as another process would: nobody tells the API. */
async function remembering(): Promise<{ api: TestApi; db: Database; key: string }> {
  const api = await testApi();
  const key = await addTenant(api, "acme");
  expect((await api.add([message("before")], key)).body).toMatchObject({ queued: 1 });
  api.now += 3_600_000;
  return { api, db: api.service.db, key };
}

const rejected = (reason: string) => ({ queued: 0, rejected: [{ id: "m", reason }] });

test("a batch by a key, an hour after the last one, is one round trip", async () => {
  const { api, db, key } = await remembering();
  const watched = watch(db);
  Object.assign(db, { client: watched.db.client, orm: watched.db.orm });
  const messages = Array.from({ length: 20 }, (_, n) => message(`m${n}`));
  expect((await api.add(messages, key)).body).toMatchObject({ queued: 20 });
  expect(watched.roundTrips).toBe(1);
});

test("a key that another process revoked takes no message more", async () => {
  const { api, db, key } = await remembering();
  await revokeApiKey(db, "acme", api.now);
  expect((await api.add([message("m")], key)).status).toBe(401);
  expect((await api.get("/messages/m?tenant_id=acme")).status).toBe(404);
});

test("a key that another process made takes messages at once", async () => {
  const { api, db } = await remembering();
  const key = await createApiKey(db, "acme", null, api.now);
  expect((await api.add([message("m")], key)).body).toMatchObject({ queued: 1 });
});

test("a key that another process makes while others call opens at once what is asked for and what is sent", async () => {
  const { api, db, key } = await remembering();
  expect((await api.get("/messages", key)).status).toBe(200); // what is known is recent
  const renewed = await createApiKey(db, "acme", null, api.now);
  expect((await api.get("/messages", renewed)).status).toBe(200);
  const again = await createApiKey(db, "acme", null, api.now);
  expect((await api.add([message("m")], again)).body).toMatchObject({ queued: 1 });
});

test("a flood of wrong tokens is not a flood of questions to the database, and ends with the second", async () => {
  const { api, db, key } = await remembering();
  await api.get("/messages", key);
  const watched = watch(db);
  Object.assign(db, { client: watched.db.client, orm: watched.db.orm });
  const wrong = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => api.get("/messages", `wrong-${n}`)));
  expect((await wrong(100)).map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 401));
  expect(watched.roundTrips).toBe(5);
  const renewed = await createApiKey(db, "acme", null, api.now);
  expect((await api.get("/messages", renewed)).status).toBe(401);
  api.now += 1_000;
  expect((await api.get("/messages", renewed)).status).toBe(200);
});

test("a key whose time is over opens nothing, however long it is remembered", async () => {
  const { api, db } = await remembering();
  const key = await createApiKey(db, "acme", api.now + 1_000, api.now);
  expect((await api.add([message("m")], key)).status).toBe(200);
  api.now += 1_000;
  expect((await api.add([message("n")], key)).status).toBe(401);
});

test("a tenant that another process switched off, and on again", async () => {
  const { api, db, key } = await remembering();
  const { vault } = api.service;
  await upsertTenant(db, vault, { id: "acme", active: false }, api.now);
  expect((await api.add([message("m")], key)).status).toBe(403);
  await upsertTenant(db, vault, { id: "acme", active: true }, api.now);
  api.now += 1_000;
  expect((await api.add([message("m")], key)).body).toMatchObject({ queued: 1 });
});

test("an account that another process added is found, one that it deleted is not", async () => {
  const { api, db, key } = await remembering();
  const { vault } = api.service;
  await upsertAccount(db, vault, "acme", { id: "news", host: "smtp.example.com" }, api.now);
  expect((await api.add([message("m", { account_id: "news" })], key)).body).toMatchObject({ queued: 1 });
  await deleteAccount(db, "acme", "news", { force: true }, api.now);
  api.now += 3_600_000;
  expect((await api.add([message("n", { account_id: "news" })], key)).body).toMatchObject({
    rejected: [{ id: "n", reason: "tenant acme has no account news" }],
  });
});

test("a deleted account takes nothing, also right after it was remembered", async () => {
  const { api, db, key } = await remembering();
  await deleteAccount(db, "acme", "default", { force: true }, api.now);
  expect((await api.add([message("m")], key)).body).toMatchObject(rejected("tenant acme has no account"));
});

test("a sender address and a default priority that another process stored hold from the next message on", async () => {
  const { api, db, key } = await remembering();
  const { vault } = api.service;
  await updateInstance(db, vault, { default_priority: 0 }, api.now);
  await api.add([message("m")], key);
  expect((await api.get("/messages/m")).body).toMatchObject({ priority: 0 });
  await upsertAccount(db, vault, "acme", { id: "default", from_address: "shop@example.com" }, api.now);
  api.now += 1_000;
  await api.add([{ id: "n", to: "you@example.net", subject: "Hello", body: "Hi" }], key);
  expect((await api.get("/messages/n?include=payload")).body).toMatchObject({ payload: { from: "shop@example.com" } });
  await updateInstance(db, vault, { default_priority: null }, api.now);
  await api.add([message("o")], key);
  expect((await api.get("/messages/o")).body).toMatchObject({ priority: 2 });
});

test("an account's pauses and reports change nothing of it: what is remembered still holds", async () => {
  const { api, db, key } = await remembering();
  const { key: accountKey } = (await findAccount(db, "acme", "default"))!;
  await db.client.execute({
    sql: "update accounts set faults = 3, paused_until = :until, last_error = 'away' where key = :key",
    args: { until: T0 + 9e9, key: accountKey },
  });
  const watched = watch(db);
  Object.assign(db, { client: watched.db.client, orm: watched.db.orm });
  expect((await api.add([message("m")], key)).body).toMatchObject({ queued: 1 });
  expect(watched.roundTrips).toBe(1);
});

test("requests that share a commit, some by what is no longer so, are all answered by what is", async () => {
  const { api, db, key } = await remembering();
  await upsertAccount(db, api.service.vault, "acme", { id: "news", host: "smtp.example.com" }, api.now);
  await deleteAccount(db, "acme", "default", { force: true }, api.now);
  const answers = await Promise.all(
    ["a", "b", "c", "d"].map((id, n) => api.add([message(id, { account_id: n % 2 === 0 ? "news" : "default" })], key)),
  );
  expect(answers.map(({ body }) => body.queued)).toEqual([1, 0, 1, 0]);
  expect(answers[1]!.body).toMatchObject({ rejected: [{ id: "b", reason: "tenant acme has no account default" }] });
});

test("a tenant that changes its accounts without end keeps nobody else's mail out", async () => {
  const { api, db, key } = await remembering();
  await addTenant(api, "restless");
  const { client } = db;
  const { batch } = client;
  let changes = 0;
  // Between whatever was read and the commit that builds on it there is another change.
  client.batch = async (...given: Parameters<typeof batch>) => {
    const stores = given[0].some(
      (one) => typeof one === "object" && "sql" in one && /insert into messages/.test(one.sql),
    );
    if (stores)
      await client.execute(`update accounts set from_address = '${++changes}@a.test' where tenant_id = 'restless'`);
    return batch.apply(client, given);
  };
  for (let n = 0; n < 5; n++) expect((await api.add([message(`m${n}`)], key)).body).toMatchObject({ queued: 1 });
  expect(changes).toBeGreaterThan(5);
});

test("what a first try has stored is not taken for somebody else's by the second", async () => {
  const { api, db, key } = await remembering();
  await addTenant(api, "restless");
  await api.add([message("there")], key);
  const { client } = db;
  const { batch } = client;
  let changes = 0;
  // Between the insertion of what is new and the replacement of what is there.
  client.batch = async (...given: Parameters<typeof batch>) => {
    const replaces = given[0].some((one) => typeof one === "object" && "sql" in one && /set account_key/.test(one.sql));
    if (replaces && changes++ === 0) {
      await client.execute("update accounts set from_address = 'a@a.test' where tenant_id = 'restless'");
      await client.execute("update messages set state = 'sending', token = 7 where id = 'new'"); // another process is quick
    }
    return batch.apply(client, given);
  };
  const answer = await api.add([message("new"), message("there", { subject: "Anew" })], key);
  expect(answer.body).toEqual({ ok: true, queued: 2, rejected: [] });
  expect(changes).toBe(2);
  expect((await api.get("/messages/there?include=payload")).body).toMatchObject({ payload: { subject: "Anew" } });
});

test("what is saved as it was is no change: whoever takes messages in reads nothing anew", async () => {
  const { api, db, key } = await remembering();
  await upsertAccount(db, api.service.vault, "acme", { id: "default", host: "smtp.example.com", port: 587 }, api.now);
  await upsertTenant(db, api.service.vault, { id: "acme", name: "Acme", active: true }, api.now);
  const watched = watch(db);
  Object.assign(db, { client: watched.db.client, orm: watched.db.orm });
  expect((await api.add([message("m")], key)).body).toMatchObject({ queued: 1 });
  expect(watched.roundTrips).toBe(1);
});

test("a key that is revoked while the body of its call is on its way stores nothing", async () => {
  const { api, db, key } = await remembering();
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const headers = { "X-API-Token": key, "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: body.readable, duplex: "half" };
  const answer = api.app.request(new Request("http://api.test/commands/add-messages", init));
  const writer = body.writable.getWriter();
  await writer.write(new TextEncoder().encode('{"messages": ')); // it was let in by now
  await revokeApiKey(db, "acme", api.now);
  await api.get("/messages", "a-token-of-nobody"); // is looked for in the directory as it is now
  await writer.write(new TextEncoder().encode(`${JSON.stringify([message("m")])}}`));
  await writer.close();
  expect((await answer).status).toBe(401);
  expect((await api.get("/messages/m?tenant_id=acme")).status).toBe(404);
});

test("a revoked key is not served for an empty batch either", async () => {
  const { api, db, key } = await remembering();
  await revokeApiKey(db, "acme", api.now);
  expect((await api.add([], key)).status).toBe(401);
});

test("a hundred requests that find out together read the directory once or twice, not each for itself", async () => {
  const { api, db, key } = await remembering();
  await updateInstance(db, api.service.vault, { default_priority: 1 }, api.now);
  const watched = watch(db);
  Object.assign(db, { client: watched.db.client, orm: watched.db.orm });
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => api.add([message(`m${n}`)], key)));
  expect(answers.map(({ body }) => body.queued)).toEqual(answers.map(() => 1));
  expect(watched.roundTrips).toBeLessThan(12);
});
