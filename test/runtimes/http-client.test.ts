/** The client for requests to where somebody else said: whom it connects to, whom it believes, and what it makes of the answers. */
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import type { HttpRequest } from "../../src/ports.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { AddressRefused } from "../../src/security/reach.ts";
import { fileServer } from "../attachments/support.ts";
import { type Certificate, testCa, testCertificate } from "../support/smtp-server.ts";

const client = createHttpClient({ ca: testCa });

const get = (url: string, over: Partial<HttpRequest> = {}) =>
  client({
    method: "GET",
    url: new URL(url),
    headers: new Headers({ "X-A": "1" }),
    addressFault: () => undefined,
    signal: AbortSignal.timeout(5_000),
    ...over,
  });

/** Tells each client which name it was asked for. */
async function tlsServer(certificate: Certificate): Promise<number> {
  const server = createTlsServer(testCertificate(certificate), ({ socket, headers }, response) => {
    response.end(JSON.stringify({ name: (socket as TLSSocket).servername, host: headers.host }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("a request goes out as it is, and its answer comes back with no redirect followed", async () => {
  const server = await fileServer((_, response) => {
    response.writeHead(302, { Location: "/elsewhere", "Set-Cookie": "a=1" });
    return "moved";
  });
  const answer = await get(`${server.url}/a?b=c`, { method: "POST", body: "käse" });
  expect([answer.status, answer.headers.get("location"), await answer.text()]).toEqual([302, "/elsewhere", "moved"]);
  expect(server.requests).toMatchObject([{ method: "POST", path: "/a?b=c", body: "käse", headers: { "x-a": "1" } }]);
});

test.each(["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]"])(
  "the very address of %s is asked about before anything is connected to",
  async (host) => {
    const server = await fileServer(() => "x");
    const asked: string[] = [];
    const addressFault = (address: string) => {
      asked.push(address);
      return "is refused";
    };
    await expect(get(`http://${host}:${server.port}/`, { addressFault })).rejects.toThrow(AddressRefused);
    expect(asked.every((address) => /^(127\.0\.0\.1|::1|::ffff:7f00:1)$/.test(address))).toBe(true);
    expect(server.requests).toEqual([]);
  },
);

test("of a name's addresses those that are refused are not tried", async () => {
  const server = await fileServer(() => "x");
  const addressFault = (address: string) => (address.includes(":") ? "is refused" : undefined);
  expect((await get(`http://localhost:${server.port}/`, { addressFault })).status).toBe(200);
});

test("TLS is asked for by name, and checked against it; by address, against that", async () => {
  const port = await tlsServer("localhost");
  expect(await (await get(`https://localhost:${port}/`)).json()).toEqual({
    name: "localhost",
    host: `localhost:${port}`,
  });
  expect(await (await get(`https://127.0.0.1:${port}/`)).json()).toEqual({ name: false, host: `127.0.0.1:${port}` });
});

test.each(["elsewhere", "expired"] as const)("a certificate that is %s is not believed", async (certificate) => {
  const port = await tlsServer(certificate);
  await expect(get(`https://localhost:${port}/`)).rejects.toThrow(/certificate/i);
});

test("an authority that nobody vouches for is not believed", async () => {
  const request = { method: "GET", headers: new Headers(), addressFault: () => undefined } as const;
  const url = new URL(`https://localhost:${await tlsServer("localhost")}/`);
  const signal = AbortSignal.timeout(5_000);
  await expect(createHttpClient()({ ...request, url, signal })).rejects.toThrow(/certificate/);
});

test("what was compressed unasked is decoded, and its length is nobody's any more", async () => {
  const zipped = gzipSync("plain");
  const server = await fileServer((_, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": String(zipped.length) });
    response.end(zipped);
    return undefined;
  });
  const answer = await get(server.url);
  expect([answer.headers.get("content-length"), await answer.text()]).toEqual([null, "plain"]);
});

test("a body that is cut off, or waits beyond the signal, fails; an answer without one is none", async () => {
  const server = await fileServer(({ path }, response) => {
    if (path === "/none") response.statusCode = 204;
    if (path === "/none") return "";
    response.write("half");
    if (path === "/cut") setTimeout(() => response.socket?.destroy(), 20);
    return undefined;
  });
  await expect((await get(`${server.url}/cut`)).text()).rejects.toThrow();
  await expect((await get(`${server.url}/waits`, { signal: AbortSignal.timeout(100) })).text()).rejects.toThrow();
  expect((await get(`${server.url}/none`)).body).toBeNull();
});

test.each(["and waits", "and ends"])(
  "a server that switches protocols unasked, %s, has failed at once",
  async (then) => {
    const server = await fileServer((_, { socket }) => {
      socket?.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
      if (then === "and ends") socket?.end();
      return undefined;
    });
    await expect(get(server.url)).rejects.toThrow("switches protocols");
  },
);

test("a status that is none is a failure", async () => {
  const server = await fileServer((_, response) => {
    response.statusCode = 999;
    return "x";
  });
  await expect(get(server.url)).rejects.toThrow(RangeError);
});
