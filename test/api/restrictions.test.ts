/** What a runtime cannot do is said when such an account, message or store comes in, and where it stands already. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { workerRestrictions } from "../../src/runtimes/worker-restrictions.ts";
import { addTenant, message, type TestApi, testApi } from "./support.ts";

async function apiOnWorkers(): Promise<{ api: TestApi; key: string }> {
  const api = await testApi({}, false, workerRestrictions);
  return { api, key: await addTenant(api, "acme") };
}

const CA = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----";

test.each([
  ["port", { port: 25 }],
  ["host", { host: "smtp.mx.cloudflare.net" }],
  ["host", { host: "[2606:4700::1]" }],
  ["host", { host: "sandbox" }],
  ["tls_verify", { tls_verify: false }],
  ["ca", { ca: CA }],
])("an account that cannot be served is refused at its %s, new or changed: %j", async (path, fields) => {
  const { api } = await apiOnWorkers();
  const details = [{ path, message: expect.stringMatching(/Workers.*: (run|use|name) /) }];
  const wanted = { status: 422, body: { code: "validation_failed", details } };
  const created = { id: "new", tenant_id: "acme", host: "smtp.example.com", ...fields };
  expect(await api.post("/account", created)).toMatchObject(wanted);
  expect((await api.get("/account/new?tenant_id=acme")).status).toBe(404);
  expect(await api.post("/account", { id: "default", tenant_id: "acme", ...fields })).toMatchObject(wanted);
  expect((await api.get("/account/default")).body).toMatchObject({ host: "smtp.example.com", port: 587, state: "ok" });
});

test("an account that another process made is shown as paused, with the reason; nothing of that is stored", async () => {
  const { api } = await apiOnWorkers();
  await rows(api.service.db, "update accounts set port = 25, last_error = 'old', last_error_at = 1");
  const shown = { port: 25, state: "paused", paused_until: null, last_error_ts: null };
  const { body } = await api.get("/account/default");
  expect(body).toMatchObject({ ...shown, last_error: expect.stringMatching(/^port is 25, .*: use port 587 or 465$/) });
  expect((await api.get("/accounts")).body.accounts).toMatchObject([shown]);
  const stored = await rows(api.service.db, "select paused_until, last_error from accounts");
  expect(stored).toEqual([{ paused_until: null, last_error: "old" }]);
});

test("such an account may be changed in all else, and mended", async () => {
  const { api } = await apiOnWorkers();
  await rows(api.service.db, "update accounts set port = 25");
  const patch = { id: "default", tenant_id: "acme" };
  expect(await api.post("/account", { ...patch, limit_per_hour: 9 })).toMatchObject({ status: 200 });
  const mended = await api.post("/account", { ...patch, port: 465 });
  expect(mended.body).toMatchObject({ port: 465, limit_per_hour: 9, state: "ok", last_error: null });
});

test("an account that suppresses sending never connects and is spared, until it is to send", async () => {
  const { api } = await apiOnWorkers();
  const quiet = { id: "quiet", tenant_id: "acme", host: "smtp.example.com", port: 25, suppress_send: true };
  expect(await api.post("/account", quiet)).toMatchObject({ status: 200, body: { port: 25, state: "ok" } });
  expect(await api.post("/account", { id: "quiet", tenant_id: "acme", tls_verify: false })).toMatchObject({
    status: 200,
  });
  for (const ending of [{ suppress_send: false }, { suppress_send: null, tls_verify: true }]) {
    const { status, body } = await api.post("/account", { id: "quiet", tenant_id: "acme", ...ending });
    expect([status, body.details]).toMatchObject([422, [{ path: "port" }]]);
  }
  const mended = { id: "quiet", tenant_id: "acme", port: 587, tls_verify: true, suppress_send: false };
  expect((await api.post("/account", mended)).status).toBe(200);
});

test("an attachment that lies in a file is refused for want of a file system, whatever else is wrong", async () => {
  const { api, key } = await apiOnWorkers();
  const inline = { filename: "a.txt", storage_path: "base64:aGk=" };
  const named = { filename: "b.txt", storage_path: "b.txt", fetch_mode: "filesystem" };
  const { body } = await api.add(
    [
      message("fine", { attachments: [inline] }),
      message("absolute", { attachments: [{ filename: "b.txt", storage_path: "/srv/b.txt" }] }),
      message("named", { attachments: [inline, named] }),
    ],
    key,
  );
  const reason = (n: number) =>
    `attachments[${n}]: needs a file system, which Workers do not have: send its content as base64`;
  expect(body.queued).toBe(1);
  expect(body.rejected).toEqual([
    { id: "absolute", reason: reason(0) },
    { id: "named", reason: reason(1) },
  ]);
});

test("a store on the local disk is refused, with any token", async () => {
  const { api } = await apiOnWorkers();
  for (const storage_url of ["file:///srv/files", "FILE:///srv/files", "/srv/files"]) {
    const json = { large_file_config: { storage_url } };
    const refused = { status: 422, body: { details: [{ path: "large_file_config.storage_url" }] } };
    expect(await api.call("PUT", "/tenant/acme", { json })).toMatchObject(refused);
    expect(await api.post("/tenant", { id: "other", ...json })).toMatchObject(refused);
  }
  const json = { large_file_config: { storage_url: "s3://key:secret@bucket" } };
  expect((await api.call("PUT", "/tenant/acme", { json })).status).toBe(200);
});
