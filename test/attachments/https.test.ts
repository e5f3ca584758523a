/** Attachments over HTTPS, through the whole application: whom it believes, and that what was meant for TLS stays in it. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { type Certificate, testCa, testCertificate } from "../support/smtp-server.ts";
import { fileServer, startProxy, textOf } from "./support.ts";

async function tlsServer(certificate: Certificate, answer: RequestListener): Promise<string> {
  const server = createServer(testCertificate(certificate), answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

const start = () => startProxy({ ATTACHMENT_ALLOW: "localhost" }, {}, {}, { http: createHttpClient({ ca: testCa }) });
const auth = { method: "bearer", token: "for-tls-alone" };

test("an attachment comes over HTTPS, with its credentials", async () => {
  const url = await tlsServer("localhost", ({ headers }, response) => response.end(headers.authorization));
  const proxy = await start();
  await proxy.send("m", [{ filename: "a.txt", storage_path: url, auth }]);
  expect(textOf((await proxy.arrived("m"))[0]!)).toBe("Bearer for-tls-alone");
});

test.each(["elsewhere", "expired"] as const)(
  "a server whose certificate is %s gets no request",
  async (certificate) => {
    const asked: unknown[] = [];
    const url = await tlsServer(certificate, (request, response) => {
      asked.push(request.url);
      response.end("x");
    });
    const proxy = await start();
    await proxy.send("m", [{ filename: "a.txt", storage_path: url, auth }]);
    expect(await proxy.until("m", "deferred")).toMatchObject({
      error: expect.stringMatching(/cannot be reached \([A-Z_]+\)$/),
    });
    expect(asked).toEqual([]);
  },
);

test("a redirect out of TLS is followed with nothing to lose, and is a failure where there were credentials", async () => {
  const plain = await fileServer(() => "in the open");
  const target = plain.url.replace("127.0.0.1", "localhost");
  const url = await tlsServer("localhost", (_, response) => response.writeHead(307, { Location: target }).end());
  const proxy = await start();
  await proxy.send("without", [{ filename: "a.txt", storage_path: url }]);
  expect(textOf((await proxy.arrived("without"))[0]!)).toBe("in the open");
  await proxy.send("with", [{ filename: "a.txt", storage_path: url, auth }]);
  expect(await proxy.until("with", "error")).toMatchObject({
    error: expect.stringContaining("redirects from https to http"),
  });
  expect(plain.requests).toHaveLength(1);
});
