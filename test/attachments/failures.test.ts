/** What becomes of a message whose attachment cannot be had: for good, or for now. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { fileServer, startProxy } from "./support.ts";

const at = (url: string) => [{ filename: "a.pdf", storage_path: `${url}/a.pdf?sig=secret-signature` }];

test.each([400, 401, 403, 404, 410, 422, 300, 204])(
  "HTTP %d fails the message at once, with the file's name and no query string",
  async (status) => {
    const files = await fileServer((_, response) => {
      response.statusCode = status;
      return status === 204 ? "" : "no";
    });
    const proxy = await startProxy();
    await proxy.send("m", at(files.url));
    const failed = await proxy.until("m", "error");
    const host = `127.0.0.1:${files.port}`;
    const text = `attachment "a.pdf": ${host} answers HTTP ${status}${status === 204 ? ", without content" : ""}`;
    expect(failed).toMatchObject({ attempts: 1, error: `5.6.0 ${text}`, outcome_unknown: false });
    expect(failed.recipients).toMatchObject([{ status: "error", code: null, enhanced_code: "5.6.0", text }]);
    expect(JSON.stringify(failed)).not.toContain("secret-signature");
    expect(files.requests).toHaveLength(1);
    expect(proxy.server.connections).toEqual([]);
    expect((await proxy.call("GET", "/account/default")).body).toMatchObject({ state: "ok", last_error: null });
  },
);

test.each([408, 425, 429, 500, 502, 503, 504])(
  "HTTP %d is tried again by the account's delays, at no cost to its limits, and the account goes on",
  async (status) => {
    const files = await fileServer((_, response) => {
      response.statusCode = status;
      return "later";
    });
    const proxy = await startProxy({}, {}, { retry_delays: [1800], limit_per_hour: 1 });
    const before = Date.now() / 1000;
    await proxy.send("m", at(files.url), { tags: { order: "1" } });
    const deferred = await proxy.until("m", "deferred");
    const error = `attachment "a.pdf": 127.0.0.1:${files.port} answers HTTP ${status}`;
    expect(deferred).toMatchObject({ attempts: 1, error });
    expect(Number(deferred.deferred_ts)).toBeGreaterThanOrEqual(Math.floor(before + 1800));
    expect(deferred.events).toMatchObject([{ event: "deferred", deferred_reason: error, tags: { order: "1" } }]);
    expect((await proxy.call("GET", "/account/default")).body).toMatchObject({ state: "ok", sent_last_hour: 0 });
    // The one slot of the hour is still free.
    await proxy.send("plain", []);
    await proxy.until("plain", "sent");
  },
);

test("what comes in the end is sent, and what never comes is given up with the retries", async () => {
  const files = await fileServer(({ path }, response) => {
    response.statusCode = path === "/comes" && files.requests.filter((one) => one.path === path).length > 2 ? 200 : 503;
    return "content";
  });
  const proxy = await startProxy({}, {}, { retry_delays: [0, 0] });
  await proxy.send("comes", [{ filename: "a", storage_path: `${files.url}/comes` }]);
  await proxy.send("never", [{ filename: "a", storage_path: `${files.url}/never` }]);
  expect(await proxy.until("comes", "sent")).toMatchObject({ attempts: 3 });
  const failed = await proxy.until("never", "error");
  expect(failed).toMatchObject({
    attempts: 3,
    error: expect.stringMatching(/^retries exhausted: attachment "a": .* HTTP 503$/),
  });
  expect((failed.events as { event: string }[]).map(({ event }) => event)).toEqual(["deferred", "deferred", "error"]);
});

test("a server that refuses, and one that breaks off in the middle, are tried again", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const broken = await fileServer(({ path }, response) => {
    if (path.includes("length")) response.setHeader("Content-Length", "100");
    response.write("half");
    setTimeout(() => response.socket?.destroy(), 20);
    return undefined;
  });
  const proxy = await startProxy();
  await proxy.send("refused", at(`http://127.0.0.1:${port}`));
  await proxy.send("chunked", [{ filename: "a", storage_path: `${broken.url}/chunked` }]);
  await proxy.send("length", [{ filename: "a", storage_path: `${broken.url}/length` }]);
  expect(await proxy.until("refused", "deferred")).toMatchObject({
    error: `attachment "a.pdf": 127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
  });
  for (const id of ["chunked", "length"])
    expect(await proxy.until(id, "deferred")).toMatchObject({ error: expect.stringContaining("broke off") });
});

test.each(["headers", "body"])(
  "a server that leaves its %s open has so much time and no more, and is tried again",
  async (part) => {
    const files = await fileServer((_, response) => {
      if (part === "body") response.write("so far");
      return undefined;
    });
    const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "0.3" });
    await proxy.send("m", at(files.url));
    expect(await proxy.until("m", "deferred")).toMatchObject({
      error: 'attachment "a.pdf": has not come within 0.3 s',
    });
  },
);

test("a server that never takes the connection up has the same time", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "0.3" });
  await proxy.send("m", at(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`));
  expect(await proxy.until("m", "deferred")).toMatchObject({ error: expect.stringContaining("within 0.3 s") });
});

test("what is too large fails the message: announced, before any of it is read; else as soon as it is", async () => {
  let written = 0;
  const files = await fileServer(({ path }, response) => {
    if (path === "/announced") response.setHeader("Content-Length", "1000000000");
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
      response.once("drain", pour);
    };
    if (path === "/announced") response.flushHeaders();
    else pour();
    return undefined;
  });
  const proxy = await startProxy({ MAX_ATTACHMENT_BYTES: "100000" });
  for (const id of ["announced", "streamed"]) {
    await proxy.send(id, [{ filename: "a", storage_path: `${files.url}/${id}` }]);
    expect(await proxy.until(id, "error")).toMatchObject({
      error: '5.6.0 attachment "a": has more than 100000 bytes',
      attempts: 1,
    });
  }
  // What the sockets between the two hold, and no more.
  expect(written).toBeLessThan(20_000_000);
});

test("what the limit just allows goes", async () => {
  const files = await fileServer(() => "x".repeat(2048));
  const proxy = await startProxy({ MAX_ATTACHMENT_BYTES: "2048" });
  await proxy.send("m", at(files.url));
  expect(await proxy.arrived("m")).toMatchObject([{ filename: "a.pdf" }]);
});

test("an endpoint of a tenant that has none fails the message", async () => {
  const proxy = await startProxy();
  await proxy.send("m", [{ filename: "a", storage_path: "id=1" }]);
  expect(await proxy.until("m", "error")).toMatchObject({
    error: '5.6.0 attachment "a": its tenant has no client_base_url to ask for it',
  });
});

test("one attachment that fails ends the others of its message", async () => {
  const files = await fileServer(({ path }, response) => {
    if (path === "/hangs") return undefined;
    response.statusCode = 404;
    return "no";
  });
  const proxy = await startProxy({ ATTACHMENT_TIMEOUT: "60" });
  await proxy.send(
    "m",
    ["hangs", "missing"].map((name) => ({ filename: name, storage_path: `${files.url}/${name}` })),
  );
  expect(await proxy.until("m", "error")).toMatchObject({ error: expect.stringContaining('"missing"') });
});

test("at most so many attachments of a message are fetched at once", async () => {
  let now = 0;
  let most = 0;
  const files = await fileServer(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 30));
    now--;
    return "x";
  });
  const proxy = await startProxy({ ATTACHMENT_CONCURRENCY: "2" });
  const attachments = Array.from({ length: 6 }, (_, n) => ({ filename: `${n}`, storage_path: `${files.url}/${n}` }));
  await proxy.send("m", attachments);
  expect(await proxy.arrived("m")).toHaveLength(6);
  expect(most).toBe(2);
});

test("a server that compresses unasked is understood", async () => {
  const { gzipSync } = await import("node:zlib");
  const files = await fileServer((_, response) => {
    response.setHeader("Content-Encoding", "gzip");
    response.end(gzipSync("plain text"));
    return undefined;
  });
  const proxy = await startProxy();
  await proxy.send("m", at(files.url));
  const [file] = await proxy.arrived("m");
  expect(new TextDecoder().decode(file!.content as ArrayBuffer)).toBe("plain text");
});
