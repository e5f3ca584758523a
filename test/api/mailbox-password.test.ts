/** A stored password of a mailbox goes to no other server than it was given for, and to none that proves itself otherwise. */
import { describe, expect, test } from "vitest";
import { apiWithTenant, testApi } from "./support.ts";

const PEM = "-----BEGIN CERTIFICATE-----";
const PLACE = { host: "imap.example.org", port: 993, ssl: true, tls_verify: true, ca: null };
const MOVES = [
  { host: "imap.example.net" },
  { port: 143 },
  { ssl: false },
  { ssl: null },
  { tls_verify: false },
  { ca: PEM },
] as const;

const named = (prefix: string, fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefix + name, value]));

describe("an account's mailbox", () => {
  const basics = { id: "pec", host: "smtp.example.org", is_pec_account: true };

  async function withMailbox() {
    const { api, key } = await apiWithTenant();
    const save = (fields: object, token?: string) => api.post("/account", { ...basics, ...fields }, token ?? key);
    expect((await save({ ...named("imap_", PLACE), imap_password: "q" })).status).toBe(200);
    return { save, admin: (fields: object) => api.post("/account", { ...basics, tenant_id: "acme", ...fields }) };
  }

  test.each(MOVES)("a tenant's key sends it again with %j", async (move) => {
    const { save } = await withMailbox();
    const { status, body } = await save(named("imap_", move));
    expect([status, body.details]).toMatchObject([422, [{ path: "imap_password" }]]);
    expect((await save({ ...named("imap_", move), imap_password: "q" })).status).toBe(200);
  });

  test("what stays as it is needs none, and the admin may say otherwise", async () => {
    const { save, admin } = await withMailbox();
    expect((await save({ ...named("imap_", PLACE), imap_user: "other" })).status).toBe(200);
    expect((await admin({ imap_ssl: false })).status).toBe(200);
  });
});

describe("the instance's mailbox", () => {
  async function withMailbox() {
    const api = await testApi();
    const save = (json: object) => api.call("PUT", "/instance", { json });
    expect((await save({ ...named("bounce_imap_", PLACE), bounce_imap_password: "q" })).status).toBe(200);
    return save;
  }

  test.each(MOVES)("its password is sent again with %j", async (move) => {
    const save = await withMailbox();
    const { status, body } = await save(named("bounce_imap_", move));
    expect([status, body.details]).toMatchObject([422, [{ path: "bounce_imap_password" }]]);
    expect((await save({ ...named("bounce_imap_", move), bounce_imap_password: "q" })).status).toBe(200);
  });

  test("what stays as it is needs none, and a mailbox without a password may move", async () => {
    const save = await withMailbox();
    expect((await save({ ...named("bounce_imap_", PLACE), bounce_imap_folder: "Bounces" })).status).toBe(200);
    expect((await save({ bounce_imap_password: null })).status).toBe(200);
    expect((await save({ bounce_imap_host: "imap.example.net" })).status).toBe(200);
  });

  test("a host, a port or certificates that are none are refused", async () => {
    const save = await withMailbox();
    for (const wrong of [{ host: "https://imap.example.org" }, { port: 0 }, { ca: "PEM" }])
      expect((await save({ ...named("bounce_imap_", wrong), bounce_imap_password: "q" })).status).toBe(422);
  });
});
