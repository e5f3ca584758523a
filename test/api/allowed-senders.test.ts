/** Whom a tenant and an account may send as: who says so, and that it holds for every way in, at every moment. */
import { expect, test } from "vitest";
import { isAmong, senderRule } from "../../src/addresses/senders.ts";
import { submit } from "../../src/api/submit.ts";
import { rawMail } from "../../src/mime/raw.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { apiWithTenant, message, type TestApi } from "./support.ts";

test.each([
  ["a@x.example", "a@x.example", true],
  ["a@x.example", "A@X.EXAMPLE", true],
  ["a@x.example", '"a"@x.example', true],
  ["a@x.example", "b@x.example", false],
  ["a@x.example", "a@x.example.evil.example", false],
  ["@x.example", "any.one+tag@X.example", true],
  ["@x.example", "a@sub.x.example", false],
  ["@x.example", "a@notx.example", false],
  ["@x.example", '"a@x.example"@evil.example', false],
  ["@bücher.example", "a@xn--bcher-kva.example", true],
  ["@xn--bcher-kva.example", "a@bücher.example", true],
  ["@x.example", "no address", false],
])("the rule %s and the sender %s: %s", (rule, sender, allowed) => {
  expect(isAmong([senderRule(rule)], sender)).toBe(allowed);
});

const setTenant = (api: TestApi, allowed_senders: unknown) =>
  api.call("PUT", "/tenant/acme", { json: { allowed_senders } });
const setAccount = (api: TestApi, allowed_senders: unknown, token?: string) =>
  api.post("/account", { id: "default", tenant_id: "acme", allowed_senders }, token);

/** What became of a message: undefined, or why it was not taken. */
async function fate(api: TestApi, fields: object): Promise<unknown> {
  const { body } = await api.add([message(crypto.randomUUID(), { tenant_id: "acme", ...fields })]);
  const [refused] = body.rejected as { reason: string }[];
  return refused?.reason;
}

test("both lists hold, of the tenant and of the account, for the author and for the envelope's sender", async () => {
  const { api } = await apiWithTenant();
  expect(await fate(api, { from: "who@ever.example" })).toBeUndefined();
  expect((await setTenant(api, ["@Shop.example", "boss@corp.example"])).body).toMatchObject({
    allowed_senders: ["@shop.example", "boss@corp.example"],
  });
  expect((await setAccount(api, ["news@shop.example", "@other.example"])).status).toBe(200);

  expect(await fate(api, { from: "The News <NEWS@shop.example>" })).toBeUndefined();
  expect(await fate(api, { from: "sales@shop.example" })).toBe(
    "from: sales@shop.example is no allowed sender of account default",
  );
  // An account widens nothing.
  expect(await fate(api, { from: "a@other.example" })).toBe(
    "from: a@other.example is no allowed sender of tenant acme",
  );
  expect(await fate(api, { from: "news@shop.example", return_path: "b@evil.example" })).toBe(
    "return_path: b@evil.example is no allowed sender of tenant acme",
  );
  expect(await fate(api, { from: "news@shop.example", return_path: "news@shop.example" })).toBeUndefined();

  expect((await setAccount(api, null)).body).toMatchObject({ allowed_senders: null });
  expect(await fate(api, { from: "boss@corp.example" })).toBeUndefined();
  await setTenant(api, null);
  expect(await fate(api, { from: "who@ever.example" })).toBeUndefined();
});

test("the account's own from_address is held against the lists where a message names nobody", async () => {
  const { api } = await apiWithTenant();
  await api.post("/account", { id: "default", tenant_id: "acme", from_address: "Shop <a@old.example>" });
  await setTenant(api, ["@shop.example"]);
  expect(await fate(api, { from: undefined })).toBe("from: a@old.example is no allowed sender of tenant acme");
});

test("the admin alone says whom a tenant may send as; an account's list is the tenant's own too", async () => {
  const { api, key } = await apiWithTenant();
  const own = await api.call("PUT", "/tenant/acme", { token: key, json: { allowed_senders: null } });
  expect([own.status, own.body.error]).toEqual([403, "allowed_senders is for the admin token alone"]);
  const saved = await setAccount(api, ["a@shop.example"], key);
  expect([saved.status, saved.body.allowed_senders]).toEqual([200, ["a@shop.example"]]);
});

test.each([
  [[], "must name an address or a @domain; null allows any"],
  [["shop.example"], '"shop.example": is not an address, an @ is missing'],
  [["@"], '"postmaster@": the domain is missing'],
  [["*@shop.example", "@*.example"], "the domain is not a domain name"],
])("a list that says nothing is refused: %j", async (allowed_senders, told) => {
  const { api } = await apiWithTenant();
  for (const set of [setTenant, setAccount]) {
    const { status, body } = await set(api, allowed_senders);
    expect([status, JSON.stringify(body.details)]).toEqual([
      422,
      expect.stringContaining(JSON.stringify(told).slice(1, -1)),
    ]);
  }
});

test("a list that another process has just saved holds for the very next message", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("before")], key);
  const { db, vault } = api.service;
  await upsertTenant(db, vault, { id: "acme", allowed_senders: ["@shop.example"] }, api.now);
  expect((await api.add([message("after")], key)).body).toMatchObject({
    rejected: [{ id: "after", reason: "from: app@example.com is no allowed sender of tenant acme" }],
  });
});

test("a list that is saved between the look at it and the commit breaks that commit off", async () => {
  const { api, key } = await apiWithTenant();
  const { client } = api.service.db;
  const { batch } = client;
  let changes = 0;
  client.batch = async (...given: Parameters<typeof batch>) => {
    const stores = given[0].some(
      (one) => typeof one === "object" && "sql" in one && /insert into messages/.test(one.sql),
    );
    // First something else, so that the second try leans on its own rows alone.
    if (stores && ++changes === 1) await client.execute("update accounts set priority = 1");
    if (stores && changes === 2) await client.execute(`update tenants set allowed_senders = '["@shop.example"]'`);
    return batch.apply(client, given);
  };
  expect((await api.add([message("m")], key)).body).toMatchObject({ rejected: [{ id: "m" }] });
  expect(changes).toBeGreaterThan(1);
});

const mail = (...header: string[]) =>
  rawMail(new TextEncoder().encode([...header, "To: you@example.net", "", "Hi"].join("\r\n")));

test.each([
  ["its author", mail("From: a@shop.example"), undefined],
  ["another author", mail("From: a@evil.example"), "from: a@evil.example is no allowed sender of tenant acme"],
  [
    "another one beside its author",
    mail("From: a@shop.example, b@evil.example"),
    "from: b@evil.example is no allowed sender of tenant acme",
  ],
  [
    "another envelope",
    mail("Return-Path: <b@evil.example>", "From: a@shop.example"),
    "return_path: b@evil.example is no allowed sender of tenant acme",
  ],
  ["the null sender", mail("Return-Path: <>", "From: a@shop.example"), undefined],
])("a ready-made mail is held against the lists as well: %s", async (_, given, reason) => {
  const { api } = await apiWithTenant();
  await setTenant(api, ["@shop.example"]);
  const submitted = await submit(api.service, { mail: given, tenantId: "acme", id: "m" });
  expect("rejected" in submitted ? submitted.rejected : undefined).toBe(reason);
});
