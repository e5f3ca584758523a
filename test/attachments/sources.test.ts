/** Where attachments come from: each line of the contract's table, over real HTTP and real files. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { fileServer, startProxy, textOf } from "./support.ts";

test("http_url, inferred from the path: a GET brings the content, and its Content-Type", async () => {
  const files = await fileServer((_, response) => {
    response.setHeader("Content-Type", "application/vnd.test+json");
    return "{}";
  });
  const proxy = await startProxy();
  await proxy.send("m", [{ filename: "a.bin", storage_path: `${files.url}/a?x=1` }]);
  const [file] = await proxy.arrived("m");
  expect(file).toMatchObject({ filename: "a.bin", mimeType: "application/vnd.test+json" });
  expect(textOf(file!)).toBe("{}");
  expect(files.requests).toMatchObject([{ method: "GET", path: "/a?x=1", body: "" }]);
  expect(files.requests[0]!.headers).toMatchObject({ "accept-encoding": "identity", host: new URL(files.url).host });
  expect(files.requests[0]!.headers).not.toHaveProperty("authorization");
});

test.each([
  ["the message's, where it gives one", "text/x-given", "application/pdf", "a.pdf", "text/x-given"],
  [
    "the name's, where the answer says nothing of use",
    undefined,
    "application/octet-stream",
    "a.pdf",
    "application/pdf",
  ],
  ["the name's, where the answer's is none", undefined, "this is no type", "a.pdf", "application/pdf"],
  ["the answer's, whatever the name", undefined, "image/png", "a.pdf", "image/png"],
])("the content type is %s", async (_, mime_type, answered, filename, expected) => {
  const files = await fileServer((_request, response) => {
    response.setHeader("Content-Type", answered);
    return "x";
  });
  const proxy = await startProxy();
  await proxy.send("m", [{ filename, mime_type, storage_path: files.url }]);
  expect(await proxy.arrived("m")).toMatchObject([{ filename, mimeType: expected }]);
});

test("filesystem, inferred from the path: files of the folder for attachments", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "näme 1%.txt"), "in a file");
  const proxy = await startProxy({ ATTACHMENT_DIR: folder });
  await proxy.send("absolute", [{ filename: "a.txt", storage_path: join(folder, "näme 1%.txt") }]);
  await proxy.send("below", [{ filename: "a.txt", storage_path: "näme 1%.txt", fetch_mode: "filesystem" }]);
  for (const id of ["absolute", "below"]) {
    const [file] = await proxy.arrived(id);
    expect([textOf(file!), file!.mimeType]).toEqual(["in a file", "text/plain"]);
  }
});

test("storage: a path in a store of the tenant's; an unknown name fails the message", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "b.txt"), "in a store");
  const proxy = await startProxy({}, { stores: { docs: pathToFileURL(folder).href } });
  await proxy.send("known", [{ filename: "b.txt", storage_path: "docs:b.txt", fetch_mode: "storage" }]);
  expect(textOf((await proxy.arrived("known"))[0]!)).toBe("in a store");
  await proxy.send("unknown", [{ filename: "b.txt", storage_path: "toString:b.txt", fetch_mode: "storage" }]);
  expect(await proxy.until("unknown", "error")).toMatchObject({
    error: '5.6.0 attachment "b.txt": its tenant has no store "toString"',
  });
  await proxy.send("missing", [{ filename: "c.txt", storage_path: "docs:c.txt", fetch_mode: "storage" }]);
  expect(await proxy.until("missing", "error")).toMatchObject({ attempts: 1 });
});

const AUTH = { method: "bearer", token: "tenant-token" };

test("endpoint, for all else: a form with the fields of the query string and storage_path itself, with the tenant's credentials", async () => {
  const files = await fileServer(() => "an invoice");
  const proxy = await startProxy({}, { client_base_url: files.url, client_auth: AUTH });
  await proxy.send("m", [{ filename: "a.txt", storage_path: "invoice_id=12&v=2&name=J%C3%A4ger" }]);
  expect(textOf((await proxy.arrived("m"))[0]!)).toBe("an invoice");
  const [request] = files.requests;
  expect(request).toMatchObject({ method: "POST", path: "/mail-proxy/attachments" });
  expect(request!.headers).toMatchObject({
    authorization: "Bearer tenant-token",
    "content-type": "application/x-www-form-urlencoded",
  });
  expect([...new URLSearchParams(request!.body)]).toEqual([
    ["invoice_id", "12"],
    ["v", "2"],
    ["name", "Jäger"],
    ["storage_path", "invoice_id=12&v=2&name=J%C3%A4ger"],
  ]);
});

test("endpoint with attachment_format json, at the tenant's own path: the same names in a JSON object", async () => {
  const files = await fileServer(() => "x");
  const tenant = { client_base_url: `${files.url}/app/`, client_attachment_path: "/files", attachment_format: "json" };
  const proxy = await startProxy({}, tenant);
  await proxy.send("m", [{ filename: "a.txt", storage_path: "id=1&tag=a&tag=b&storage_path=forged" }]);
  await proxy.arrived("m");
  const [{ path, headers, body }] = files.requests as [(typeof files.requests)[0]];
  expect([path, headers["content-type"]]).toEqual(["/app/files", "application/json"]);
  expect(JSON.parse(body)).toEqual({ id: "1", tag: ["a", "b"], storage_path: "id=1&tag=a&tag=b&storage_path=forged" });
});

test.each([
  [{ method: "bearer", token: "own" }, "authorization", "Bearer own"],
  [{ method: "basic", user: "u", password: "pä" }, "authorization", `Basic ${btoa("u:p\u00c3\u00a4")}`],
  [{ method: "header", header: "X-Key", token: "own" }, "x-key", "own"],
  [{ method: "header", token: "own" }, "x-api-token", "own"],
  [{ method: "none" }, "authorization", undefined],
])("an attachment's own auth stands in for the tenant's: %j", async (auth, header, value) => {
  const files = await fileServer(() => "x");
  const proxy = await startProxy({}, { client_base_url: files.url, client_auth: AUTH });
  await proxy.send("m", [
    { filename: "a.txt", storage_path: "id=1", auth },
    { filename: "b.txt", storage_path: `${files.url}/b`, auth },
  ]);
  expect(await proxy.arrived("m")).toHaveLength(2);
  expect(files.requests.map(({ headers }) => headers[header])).toEqual([value, value]);
});

test("attachments of every kind stand in the message in their order, under their names", async () => {
  const files = await fileServer(({ path }) => path);
  const proxy = await startProxy({}, { client_base_url: files.url });
  await proxy.send("m", [
    { filename: "1.txt", storage_path: `${files.url}/first` },
    { filename: "2.txt", storage_path: "base64:c2Vjb25k" },
    { filename: "3.bin", storage_path: "id=3", content_id: "c3", disposition: "inline" },
    { filename: "4.txt", storage_path: `${files.url}/fourth` },
  ]);
  const arrived = await proxy.arrived("m");
  expect(arrived.map((file) => [file.filename, textOf(file)])).toEqual([
    ["1.txt", "/first"],
    ["2.txt", "second"],
    ["3.bin", "/mail-proxy/attachments"],
    ["4.txt", "/fourth"],
  ]);
  expect(arrived[2]).toMatchObject({ contentId: "<c3>", disposition: "inline" });
});

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

test("content whose MD5 was promised and is another fails the message, however it was promised; the marker is never sent", async () => {
  const files = await fileServer(() => "content");
  const proxy = await startProxy();
  await proxy.send("field", [{ filename: "a.txt", storage_path: files.url, content_md5: md5("other") }]);
  await proxy.send("marker", [{ filename: `a{MD5:${md5("other")}}.txt`, storage_path: files.url }]);
  for (const id of ["field", "marker"])
    expect(await proxy.until(id, "error")).toMatchObject({
      error: '5.6.0 attachment "a.txt": has another MD5 than promised',
      attempts: 1,
    });
  await proxy.send("right", [{ filename: `a {MD5:${md5("content").toUpperCase()}}.txt`, storage_path: files.url }]);
  expect(await proxy.arrived("right")).toMatchObject([{ filename: "a.txt" }]);
});

test("twenty messages with one known MD5 fetch nothing; as many with an unknown one fetch it once", async () => {
  const files = await fileServer(() => "content");
  const proxy = await startProxy();
  const attachment = { filename: "a.txt", storage_path: files.url, content_md5: md5("content") };
  const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
  await Promise.all(ids.map((id) => proxy.send(id, [attachment])));
  for (const id of ids) expect(textOf((await proxy.arrived(id))[0]!)).toBe("content");
  expect(files.requests).toHaveLength(1);
  await Promise.all(ids.map((id) => proxy.send(`${id}-again`, [attachment])));
  for (const id of ids) expect(textOf((await proxy.arrived(`${id}-again`))[0]!)).toBe("content");
  expect(files.requests).toHaveLength(1);
});
