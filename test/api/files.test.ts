/** Links to large files, over HTTP in the whole API. */
import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { beginOffload } from "../../src/attachments/large.ts";
import { LinkSigner } from "../../src/attachments/large-link.ts";
import { rows } from "../../src/db/database.ts";
import { openSealedStore } from "../../src/security/sealed-store.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { findTenant } from "../../src/tenancy/tenants.ts";
import { fileServer } from "../attachments/support.ts";
import { temporaryFolder } from "../support/database.ts";
import { startAzurite, startS3 } from "../support/stores.ts";
import { addTenant, T0, type TestApi, testApi } from "./support.ts";

const DAY = 86_400_000;
const CONTENT = "0123456789".repeat(200);

interface Linked {
  api: TestApi;
  folder: string;
  /** Of the link, as it stands in the message. */
  path: string;
}

/** A file of 2,000 bytes that a message's tenant keeps in a folder, or in another store. */
async function linked(
  more: { filename?: string; url?: string; mimeType?: string; config?: object; now?: number } = {},
): Promise<Linked> {
  const { filename = "Größe 1.txt", mimeType = "text/html", config = {} } = more;
  const folder = temporaryFolder();
  const api = await testApi();
  api.now = more.now ?? T0;
  await addTenant(api, "acme");
  const storage_url = more.url ?? pathToFileURL(folder).href;
  const saved = { enabled: true, action: "rewrite", max_size_mb: 0.001, storage_url, ...config };
  expect((await api.call("PUT", "/tenant/acme", { json: { large_file_config: saved } })).status).toBe(200);
  const { db, vault, signer, surroundings } = api.service;
  const message = { pk: "pk", tenantId: "acme", createdAt: api.now };
  const { largeFileConfig } = (await findTenant(db, "acme"))!;
  const options = { db, vault, signer, surroundings, publicUrl: "https://mail.example.com" };
  const offload = (await beginOffload(largeFileConfig, message, options))!;
  const bytes = new TextEncoder().encode(CONTENT);
  await offload.take(0, { filename, mimeType, bytes, inline: false }, api.now, new AbortController().signal);
  const { text } = await offload.texts({});
  const [url] = /https:\/\/\S+/.exec(text!)!;
  return { api, folder, path: new URL(url).pathname };
}

const get = ({ api, path }: Linked, headers: Record<string, string> = {}, method = "GET") =>
  api.call(method, path, { token: null, headers });
const downloads = ({ api }: Linked) => rows(api.service.db, "select downloads, downloaded_at, expires_at from files");

test("whoever has the link saves the file, whatever it is, and it is counted", async () => {
  const link = await linked();
  const answer = await get(link);
  expect([answer.status, answer.text]).toEqual([200, CONTENT]);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-length": "2000",
    "content-type": "text/html",
    "content-disposition": `attachment; filename="Gr__e 1.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.txt`,
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  await get(link);
  expect(await downloads(link)).toEqual([{ downloads: 2, downloaded_at: T0, expires_at: T0 + 30 * DAY }]);
});

test("a look at the head of it is no download", async () => {
  const link = await linked();
  const { status, headers, text } = await get(link, {}, "HEAD");
  expect([status, headers.get("content-length"), text]).toEqual([200, "2000", ""]);
  expect(await downloads(link)).toMatchObject([{ downloads: 0, downloaded_at: null }]);
});

test.each([
  ["bytes=0-9", "0123456789", "bytes 0-9/2000"],
  ["bytes=1995-", "56789", "bytes 1995-1999/2000"],
  ["bytes=-3", "789", "bytes 1997-1999/2000"],
  ["bytes=1998-5000", "89", "bytes 1998-1999/2000"],
])("a part of it is to be had: %s", async (range, text, extent) => {
  const answer = await get(await linked(), { Range: range });
  expect([answer.status, answer.text, answer.headers.get("content-range")]).toEqual([206, text, extent]);
});

test("a range that is none is passed over, one beyond the end refused; a continued download counts once", async () => {
  const link = await linked();
  for (const range of ["bytes=5-2", "lines=0-1", "bytes=0-1,5-6", "bytes=-"])
    expect((await get(link, { Range: range })).status).toBe(200);
  const beyond = await get(link, { Range: "bytes=2000-" });
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */2000"]);
  const { headers } = await get(link, { Range: "bytes=0-999" });
  const rest = { Range: "bytes=1000-" };
  expect((await get(link, { ...rest, "If-Range": headers.get("etag")! })).status).toBe(206);
  expect((await get(link, { ...rest, "If-Range": '"another"' })).status).toBe(200);
  expect(await downloads(link)).toMatchObject([{ downloads: 6 }]);
});

test("a link ends with its time: 410, in words", async () => {
  const link = await linked();
  link.api.now = T0 + 30 * DAY - 1;
  expect((await get(link)).status).toBe(200);
  link.api.now = T0 + 30 * DAY;
  expect(await get(link)).toMatchObject({
    status: 410,
    body: { code: "gone", error: expect.stringContaining("expired") },
  });
});

test("a file of which not all is stored yet is not to be had", async () => {
  const link = await linked();
  await rows(link.api.service.db, "update files set size = 0"); // as it stands until the store has taken it
  expect((await get(link)).status).toBe(410);
});

test("a first download begins the rest of a file's life, where its tenant wishes that; a second does not", async () => {
  const link = await linked({ config: { lifespan_after_download_days: 2 } });
  link.api.now = T0 + DAY;
  await get(link);
  link.api.now = T0 + 2 * DAY;
  await get(link);
  expect(await downloads(link)).toEqual([{ downloads: 2, downloaded_at: T0 + DAY, expires_at: T0 + 3 * DAY }]);
  link.api.now = T0 + 3 * DAY;
  expect((await get(link)).status).toBe(410);
  const late = await linked({ config: { lifespan_after_download_days: 60 } });
  await get(late);
  expect(await downloads(late)).toMatchObject([{ expires_at: T0 + 30 * DAY }]); // it never lengthens it
  const for_ever = await linked({ config: { file_ttl_days: 0, lifespan_after_download_days: 1 } });
  await get(for_ever);
  expect(await downloads(for_ever)).toMatchObject([{ expires_at: T0 + DAY }]);
});

test("a forged link is none, and nothing is asked of the database for it", async () => {
  const link = await linked();
  const [, , token = "", filename = ""] = link.path.split("/");
  const [random, expiry, signature] = token.split(".");
  const later = (T0 + 99 * DAY).toString(36);
  const stranger = new LinkSigner(await openVault(generateKey()));
  const foreign = new URL(await stranger.link("https://h", { id: `${random}.${expiry}`, filename: "x" })).pathname;
  const forged = [
    `/files/${random}.${later}.${signature}/${filename}`,
    `/files/${random}.${expiry}.${"A".repeat(43)}/${filename}`,
    `/files/${token.slice(0, -1)}/${filename}`,
    `/files/x/${filename}`,
    foreign,
  ];
  link.api.service.db.client.close();
  for (const path of forged)
    expect(await get({ ...link, path })).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect((await get(link)).status).not.toBe(404);
});

test("the name in a link is for people: another one opens the same file under its own name", async () => {
  const link = await linked({ filename: '../a\\b".txt' });
  expect(link.path).toMatch(/\/\.\._a_b%22\.txt$/);
  const answer = await get({ ...link, path: link.path.replace(/[^/]+$/, "other.exe") });
  expect([answer.status, answer.headers.get("content-disposition")]).toEqual([
    200,
    `attachment; filename="../a_b_.txt"; filename*=UTF-8''..%2Fa%5Cb%22.txt`,
  ]);
});

test("a type that is none is not handed on", async () => {
  const answer = await get(await linked({ mimeType: "text/html; charset=x\u0001" }));
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
});

test("a file that is no longer in its store is gone; a store that does not answer says so, and nothing of itself", async () => {
  const link = await linked();
  rmSync(link.folder, { recursive: true });
  expect(await get(link)).toMatchObject({ status: 410, body: { code: "gone" } });
  expect(await downloads(link)).toMatchObject([{ downloads: 0 }]);
});

test("a store with links of its own sends the reader there for some minutes", { timeout: 60_000 }, async ({ skip }) => {
  const server = await startS3();
  if ("unavailable" in server) return skip(server.unavailable);
  onTestFinished(server.end);
  const link = await linked({ url: server.url("/mail"), now: Date.now() });
  const answer = await get(link);
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([302, "no-store"]);
  const target = new URL(answer.headers.get("location")!);
  expect([target.origin, target.searchParams.get("X-Amz-Expires")]).toEqual([server.endpoint, "300"]);
  const file = await fetch(target);
  expect([file.status, await file.text()]).toEqual([200, CONTENT]);
  expect(file.headers.get("content-disposition")).toContain("attachment;");
  expect(await downloads(link)).toMatchObject([{ downloads: 1 }]);
});

test("a signature that was configured for a store is handed to nobody: the proxy fetches the file", {
  timeout: 300_000,
}, async ({ skip }) => {
  const server = await startAzurite();
  if ("unavailable" in server) return skip(server.unavailable);
  onTestFinished(server.end);
  const link = await linked({ url: server.url("/mail", { links: "proxy" }), now: Date.now() });
  const answer = await get(link, { Range: "bytes=10-14" });
  expect([answer.status, answer.text, answer.headers.get("location")]).toEqual([206, "01234", null]);
  await server.end();
  expect(await get(link)).toMatchObject({ status: 503, body: { code: "store_unavailable" } });
});

test.each([
  ["more", `${CONTENT}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`],
  ["less", CONTENT.slice(1)],
])(
  "a store that sends %s than the file has puts nothing behind it on the connection: the download breaks off",
  async (_, sent) => {
    const store = await fileServer(({ method }) => (method === "GET" ? sent : ""));
    const link = await linked({ url: `s3://key:secret@bucket/a?endpoint=${store.url}&links=proxy` });
    await expect(get(link)).rejects.toThrow("than the file has");
  },
);

test("stores are kept sealed, and shown with their secrets masked", async () => {
  const own = await testApi();
  const key = await addTenant(own, "acme");
  const put = (json: object, token?: string) => own.call("PUT", "/tenant/acme", { json, ...(token && { token }) });
  const shown = await put({
    stores: { a: "s3://id:s3cret@bucket", b: "file:///srv/b" },
    large_file_config: { storage_url: "gs://id:s3cret@files" },
  });
  expect(shown.body).toMatchObject({
    stores: { a: "s3://id:********@bucket", b: "file:///srv/b" },
    large_file_config: { storage_url: "gs://id:********@files" },
  });
  expect((await put({ stores: { b: null, c: "s3://id:s3cret@copies" } })).body.stores).toEqual({
    a: "s3://id:********@bucket",
    c: "s3://id:********@copies",
  });
  const tenant = (await findTenant(own.service.db, "acme"))!;
  expect(await openSealedStore(own.service.vault, tenant.stores!.a!)).toEqual({
    url: "s3://id:s3cret@bucket",
    publicOnly: false,
  });
  await own.service.commandLog.settled();
  for (const table of ["tenants", "command_log"])
    expect(JSON.stringify(await rows(own.service.db, `select * from ${table}`))).not.toContain("s3cret");
  await put({ stores: { own: "s3://id:s3cret@bucket" } }, key);
  const changed = (await findTenant(own.service.db, "acme"))!;
  expect(await openSealedStore(own.service.vault, changed.stores!.own!)).toMatchObject({ publicOnly: true });
  expect((await put({ stores: null })).body.stores).toBeNull();
});

test.each([
  ["file:///etc", "file: or r2:"],
  ["FILE:///etc", "file: or r2:"],
  ["r2://FILES/a", "file: or r2:"],
  ["s3://id:s3cret@bucket?endpoint=http://127.0.0.1:9000", "endpoint"],
  ["s3://id:s3cret@bucket?endpoint=http://minio:9000", "endpoint"],
  ["az://acc:a2V5@files?endpoint=http://[::1]/acc", "endpoint"],
])("a tenant's key names no store in the operator's house: %s", async (url, reason) => {
  const api = await testApi();
  const key = await addTenant(api, "acme");
  for (const json of [{ stores: { a: url } }, { large_file_config: { storage_url: url } }]) {
    const refused = await api.call("PUT", "/tenant/acme", { json, token: key });
    expect(refused).toMatchObject({ status: 422, body: { details: [{ message: expect.stringContaining(reason) }] } });
    expect((await api.call("PUT", "/tenant/acme", { json })).status).toBe(200);
  }
});

test.each([
  "ftp://h/x",
  "/srv/files",
  "s3://bucket/no-key",
  "s3://id:se/cret@bucket",
  "s3://id:secret@bucket?acl=public",
  "s3://id:secret@bucket?region=a.b/",
  "s3://id:secret@bucket?endpoint=ftp://h",
  "s3://id:secret@bucket?endpoint=http://u:p@h",
  "az://account@container",
  "az://account:no+base64!@container",
  "file://host/share",
  "r2://",
])("a URL that names no store is refused, and not kept in the log: %s", async (url) => {
  const api = await testApi();
  await addTenant(api, "acme");
  const { status, body } = await api.call("PUT", "/tenant/acme", { json: { stores: { a: url } } });
  expect([status, body.details]).toMatchObject([422, [{ path: "stores.a" }]]);
  await api.service.commandLog.settled();
  const log = JSON.stringify(await rows(api.service.db, "select * from command_log"));
  expect(log).not.toMatch(/se\/cret|:secret@/);
});
