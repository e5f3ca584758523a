/** Large files from the request to the reader: the message as it arrives, and what its link leads to. */

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import PostalMime from "postal-mime";
import { expect, onTestFinished, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

const SIZE = 3 * 1024 * 1024;

interface Started extends TestApp {
  server: Awaited<ReturnType<typeof startSmtpServer>>;
  files: string;
}

async function started(config: object, script: Script = {}): Promise<Started> {
  const app = await startApp({
    PUBLIC_URL: "https://mail.example.com",
    RETRY_DELAYS: "0,0",
    ATTACHMENT_ALLOW: "127.0.0.1",
  });
  const server = await startSmtpServer(script);
  const files = temporaryFolder();
  const large_file_config = { enabled: true, max_size_mb: 1, storage_url: pathToFileURL(files).href, ...config };
  await app.call("POST", "/tenant", { id: "shop", large_file_config });
  await app.call("POST", "/account", {
    id: "default",
    tenant_id: "shop",
    host: "127.0.0.1",
    port: server.port,
    use_tls: false,
  });
  return { ...app, server, files };
}

async function send({ call }: Started, attachments: object[]): Promise<void> {
  const message = { id: "m", from: "a@example.com", to: ["b@example.com"], subject: "s", body: "Hello", attachments };
  expect(await call("POST", "/commands/add-messages", { messages: [message] })).toMatchObject({ body: { queued: 1 } });
}

/** Of as many bytes as were asked for by `?bytes=`. */
async function fileServer(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.end(Buffer.alloc(Number(new URL(url, "http://h").searchParams.get("bytes")), 66));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const mailOf = ({ server }: Started) => PostalMime.parse(server.messages[0]!.wire);

test("of two attachments the large one arrives as a link, which leads to it byte for byte", async () => {
  const on = await started({ action: "rewrite" });
  const content = Buffer.alloc(SIZE, 65).toString("base64");
  await send(on, [
    { filename: "small.txt", storage_path: "base64:aGk=" },
    { filename: "large.pdf", storage_path: `base64:${content}` },
  ]);
  await on.until("m", "sent");
  const mail = await mailOf(on);
  expect(mail.attachments.map(({ filename }) => filename)).toEqual(["small.txt"]);
  expect(mail.text).toContain("Hello\n\nLarge attachments to download:\n\nlarge.pdf (3.0 MB, until ");
  const [link] = /https:\/\/mail\.example\.com\/files\/\S+/.exec(mail.text!)!;
  const answer = await on.app.fetch(new Request(link));
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.alloc(SIZE, 65))).toBe(true);
});

test("a retry sends the same bytes, without fetching or storing anything again", async () => {
  const bodies: string[] = [];
  const answer: Script["answer"] = ({ verb, line }) => {
    if (verb === "BODY") bodies.push(line);
    return verb === "BODY" && bodies.length === 1 ? "451 4.3.0 later" : undefined;
  };
  const on = await started({ action: "rewrite" }, { answer });
  const { url, asked } = await fileServer();
  await send(on, [{ filename: "large.bin", storage_path: `${url}/f?bytes=${SIZE}` }]);
  await on.until("m", "sent");
  expect(bodies).toHaveLength(2);
  expect(bodies[1]).toBe(bodies[0]);
  expect(asked).toHaveLength(1);
  expect(readdirSync(join(on.files, "shop"))).toHaveLength(1);
});

test("a tenant that rejects large files has the message failed, with the name and the reason", async () => {
  const on = await started({ action: "reject" });
  await send(on, [{ filename: "large.bin", storage_path: `base64:${Buffer.alloc(SIZE).toString("base64")}` }]);
  const { error } = await on.until("m", "error");
  expect(error).toMatch(/large\.bin.*has 3\.0 MB, over the tenant's 1 MB/);
  expect(on.server.messages).toEqual([]);
});
