/** What no message, and no tenant's key, gets at: files of the machine, and addresses that are not public. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openUrl } from "../../src/attachments/url-source.ts";
import type { HttpClient, HttpRequest } from "../../src/ports.ts";
import type { Credentials } from "../../src/security/credentials.ts";
import { authHeaders } from "../../src/security/credentials.ts";
import { publicReach } from "../../src/security/reach.ts";
import { temporaryFolder } from "../support/database.ts";
import { type AttachmentProxy, fileServer, startProxy, textOf } from "./support.ts";

const SECRET = "what nobody may read";

async function rejected(proxy: AttachmentProxy, attachment: object): Promise<string> {
  const body = await proxy.send("rejected", [attachment]);
  return (body.rejected as { reason: string }[])[0]?.reason ?? "taken";
}

/** A folder for attachments beside a file that is not in it. */
function folders() {
  const outside = temporaryFolder();
  const folder = join(outside, "open");
  mkdirSync(folder);
  writeFileSync(join(outside, "secret.txt"), SECRET);
  return { outside, folder, secret: join(outside, "secret.txt") };
}

test("without a folder for attachments a message that names a file is rejected, and says why", async () => {
  const proxy = await startProxy();
  const reason =
    "attachments[0]: lies in a file, and no folder for attachments is open (MAIL_PROXY_ATTACHMENT_DIR): send its content as base64";
  expect(await rejected(proxy, { filename: "a", storage_path: "/etc/hostname" })).toBe(reason);
  expect(await rejected(proxy, { filename: "a", storage_path: "etc/hostname", fetch_mode: "filesystem" })).toBe(reason);
});

test("a process that does not send leaves that to the one which does", async () => {
  const proxy = await startProxy({ SCHEDULER_ACTIVE: "false" });
  expect(await rejected(proxy, { filename: "a", storage_path: "/etc/hostname" })).toBe("taken");
});

test("no path leads out of the folder: absolute, relative, encoded, by a link, to the folder itself", async () => {
  const { outside, folder, secret } = folders();
  symlinkSync(secret, join(folder, "link.txt"));
  symlinkSync(outside, join(folder, "up"));
  writeFileSync(`${folder}-beside.txt`, SECRET);
  const proxy = await startProxy({ ATTACHMENT_DIR: folder });
  const paths = [
    "/etc/hostname",
    secret,
    `${folder}-beside.txt`,
    `${folder}/../secret.txt`,
    "../secret.txt",
    "sub/../../secret.txt",
    "%2e%2e/secret.txt",
    `${folder}/%2e%2e%2fsecret.txt`,
    "..\\secret.txt",
    "link.txt",
    "up/secret.txt",
    `${folder}/link.txt`,
    "",
    ".",
    folder,
    `${folder}/`,
    "missing.txt",
  ].filter((path) => path !== "");
  for (const [n, storage_path] of paths.entries())
    await proxy.send(`m${n}`, [{ filename: "a", storage_path, fetch_mode: "filesystem" }]);
  for (const n of paths.keys())
    expect(await proxy.until(`m${n}`, "error")).toMatchObject({
      error: expect.stringMatching(/^5\.6\.0 attachment "a": (lies outside of|is not in) the folder for attachments$/),
    });
  expect(proxy.server.messages).toEqual([]);
});

test("a pipe, a device and a NUL in the path are no files, and keep nobody waiting", async () => {
  const { folder } = folders();
  const { execFileSync } = await import("node:child_process");
  execFileSync("mkfifo", [join(folder, "pipe")]);
  symlinkSync("/dev/zero", join(folder, "zero"));
  const proxy = await startProxy({ ATTACHMENT_DIR: folder });
  for (const name of ["pipe", "zero"]) {
    await proxy.send(name, [{ filename: "a", storage_path: join(folder, name) }]);
    await proxy.until(name, "error");
  }
  expect(await rejected(proxy, { filename: "a", storage_path: `${folder}/a\0.txt` })).toMatch(/must not hold a NUL/);
});

test("file: is no URL for an attachment, a redirect or an endpoint", async () => {
  const files = await fileServer((_, response) => {
    response.writeHead(302, { Location: "file:///etc/hostname" });
    return "";
  });
  const proxy = await startProxy();
  const attachment = { filename: "a", storage_path: "file:///etc/hostname", fetch_mode: "http_url" };
  expect(await rejected(proxy, attachment)).toMatch(/must be an http or https URL/);
  await proxy.send("redirected", [{ filename: "a", storage_path: files.url }]);
  expect(await proxy.until("redirected", "error")).toMatchObject({
    error: expect.stringContaining("is not an http or https URL"),
  });
  // Without a mode it is a query string, which the tenant's own application may make of what it likes.
  await proxy.send("inferred", [{ filename: "a", storage_path: "file:///etc/hostname" }]);
  await proxy.until("inferred", "error");
  const set = await proxy.call("PUT", "/tenant/acme", { client_base_url: "file:///etc/hostname" });
  expect(set.status).toBe(422);
});

test("a tenant's key names no folder of the machine as a store", async () => {
  const proxy = await startProxy({ ALLOW_PRIVATE_HOSTS: "false" });
  const { body } = await proxy.call("POST", "/tenant/acme/api-key", {});
  const changes = { stores: { etc: "file:///etc" } };
  expect((await proxy.call("PUT", "/tenant/acme", changes, String(body.api_key))).status).toBe(422);
  await proxy.send("m", [{ filename: "a", storage_path: "etc:hostname", fetch_mode: "storage" }]);
  expect(await proxy.until("m", "error")).toMatchObject({ error: expect.stringContaining("has no store") });
});

const NOT_PUBLIC = [
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "0",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[64:ff9b::7f00:1]",
  "[::]",
  "[fe80::1]",
  "[fd00::1]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "10.0.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "metadata.google.internal",
  "127.0.0.1.",
];

test("a URL out of a message reaches no address that is not public, however it is written", async () => {
  const files = await fileServer(() => SECRET);
  const proxy = await startProxy({ ATTACHMENT_ALLOW: "" });
  for (const [n, host] of NOT_PUBLIC.entries())
    await proxy.send(`m${n}`, [{ filename: "a", storage_path: `http://${host}:${files.port}/` }]);
  for (const n of NOT_PUBLIC.keys())
    expect(await proxy.until(`m${n}`, "error")).toMatchObject({
      attempts: 1,
      error: expect.stringMatching(/^5\.6\.0 attachment "a": \S+ may not be reached: it is /),
    });
  expect(files.requests).toEqual([]);
});

test("a name is held against the address that is connected to, not against how it looks", async () => {
  const files = await fileServer(() => SECRET);
  // A network on the list lets names pass until they are resolved: this one has a loopback address.
  const proxy = await startProxy({ ATTACHMENT_ALLOW: "10.0.0.0/8" });
  await proxy.send("m", [{ filename: "a", storage_path: `http://localhost:${files.port}/` }]);
  expect(await proxy.until("m", "error")).toMatchObject({
    error: `5.6.0 attachment "a": localhost:${files.port} may not be reached: it has no address that may be reached`,
  });
  expect(files.requests).toEqual([]);
});

test.each(["127.0.0.1", "127.0.0.0/8,::1", "localhost", ".localhost", "127.0.0.1/32,[::1]"])(
  "the allow-list %s opens what it names, to names and addresses alike",
  async (list) => {
    const files = await fileServer(() => "open");
    const proxy = await startProxy({ ATTACHMENT_ALLOW: list });
    await proxy.send("name", [{ filename: "a.txt", storage_path: `http://localhost:${files.port}/` }]);
    expect(textOf((await proxy.arrived("name"))[0]!)).toBe("open");
    await proxy.send("address", [{ filename: "a.txt", storage_path: files.url }]);
    const opens = /\d/.test(list);
    await proxy.until("address", opens ? "sent" : "error");
  },
);

test("an entry of the allow-list that is none stops the start", async () => {
  await expect(startProxy({ ATTACHMENT_ALLOW: "10.0.0.0/64" })).rejects.toThrow(/MAIL_PROXY_ATTACHMENT_ALLOW: "10/);
});

test("a redirect is held against the same rules, each of them, and there are at most five", async () => {
  const files = await fileServer(({ path }, response) => {
    const [, left, target] = /^\/(\d+)\/(.*)$/.exec(path)!;
    if (left === "0") return "there";
    const next = Number(left) - 1;
    const isLast = next === 0 && target !== "";
    response.writeHead(302, { Location: isLast ? decodeURIComponent(target!) : `/${next}/${target}` });
    return "";
  });
  const proxy = await startProxy({ ATTACHMENT_ALLOW: "127.0.0.1" });
  const to = (times: number, target = "") => [
    { filename: "a.txt", storage_path: `${files.url}/${times}/${encodeURIComponent(target)}` },
  ];
  await proxy.send("five", to(5));
  expect(textOf((await proxy.arrived("five"))[0]!)).toBe("there");
  await proxy.send("six", to(6));
  expect(await proxy.until("six", "error")).toMatchObject({ error: expect.stringContaining("redirects too often") });
  const asked = files.requests.length;
  for (const [id, target] of [
    ["private", "http://169.254.169.254/latest/meta-data"],
    ["decimal", "http://2130706434/"],
    ["credentials", `http://user:pass@127.0.0.1:${files.port}/0/`],
    ["scheme", "gopher://127.0.0.1/"],
  ] as const) {
    await proxy.send(id, to(1, target));
    expect(await proxy.until(id, "error")).toMatchObject({ attempts: 1, error: expect.stringContaining("it ") });
  }
  expect(files.requests).toHaveLength(asked + 4);
});

test("credentials go to the host that they were given for, and to no other that it redirects to", async () => {
  const other = await fileServer(() => "there");
  const first = await fileServer(({ path }, response) => {
    response.writeHead(307, { Location: path === "/here" ? "/stays" : `${other.url}/` });
    return "";
  });
  const proxy = await startProxy();
  const auth = { method: "bearer", token: "for-the-first" };
  await proxy.send("m", [{ filename: "a.txt", storage_path: `${first.url}/here`, auth }]);
  expect(textOf((await proxy.arrived("m"))[0]!)).toBe("there");
  expect(first.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer for-the-first"));
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test.each(["Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "expect"])(
  "credentials cannot stand in %s, and so lead to another host behind an allowed one or hold the connection up",
  async (header) => {
    const files = await fileServer(() => "x");
    const proxy = await startProxy({ ATTACHMENT_ALLOW: "localhost" });
    const auth = { method: "header", header, token: "1" };
    await proxy.send("m", [{ filename: "a.txt", storage_path: `http://localhost:${files.port}/`, auth }]);
    expect(await proxy.until("m", "error")).toMatchObject({ error: expect.stringContaining("auth.header: must be") });
    // What was stored before it was refused at the API.
    expect(() => authHeaders({ method: "header", header, token: "1" })).toThrow();
    expect(files.requests).toEqual([]);
  },
);

test("credentials that were given for https are not followed to http, be it by the same host", async () => {
  const asked: HttpRequest[] = [];
  const http: HttpClient = async (request) => {
    asked.push(request);
    return new Response(null, { status: 307, headers: { Location: "http://files.example/" } });
  };
  const credentials: Credentials = { method: "bearer", token: "secret" };
  const options = { http, reach: publicReach(), signal: AbortSignal.timeout(5_000) };
  await expect(openUrl("https://files.example/", { ...options, credentials })).rejects.toThrow("from https to http");
  expect(asked.map(({ url }) => url.href)).toEqual(["https://files.example/"]);
});

test("a tenant's credentials never go to a URL out of a message", async () => {
  const files = await fileServer(() => "x");
  const proxy = await startProxy(
    {},
    { client_base_url: files.url, client_auth: { method: "bearer", token: "tenant" } },
  );
  await proxy.send("m", [{ filename: "a.txt", storage_path: `${files.url}/a` }]);
  await proxy.arrived("m");
  expect(files.requests[0]!.headers).not.toHaveProperty("authorization");
});

test("an endpoint that an admin named may be private; one that a tenant's key named may not, though its name looked public", async () => {
  const files = await fileServer(() => "x");
  const proxy = await startProxy(
    { ALLOW_PRIVATE_HOSTS: "false", ATTACHMENT_ALLOW: "" },
    { client_base_url: files.url },
  );
  await proxy.send("admin", [{ filename: "a.txt", storage_path: "id=1" }]);
  await proxy.arrived("admin");
  // As though the key had named a host that has resolved to here since.
  await proxy.db.client.execute("update tenants set public_only = 1");
  await proxy.send("tenant", [{ filename: "a.txt", storage_path: "id=1" }]);
  expect(await proxy.until("tenant", "error")).toMatchObject({
    error: '5.6.0 attachment "a.txt": client_base_url is a loopback address',
  });
  expect(files.requests).toHaveLength(1);
});

test("an endpoint's redirect is not followed", async () => {
  const files = await fileServer((_, response) => {
    response.writeHead(307, { Location: "/elsewhere" });
    return "";
  });
  const proxy = await startProxy({}, { client_base_url: files.url });
  await proxy.send("m", [{ filename: "a", storage_path: "id=1" }]);
  expect(await proxy.until("m", "error")).toMatchObject({ error: expect.stringContaining("HTTP 307") });
  expect(files.requests).toHaveLength(1);
});
