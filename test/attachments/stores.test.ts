/** One suite that every kind of store keeps, over real servers and a real folder. R2 has bucket-worker.test.ts. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/attachments/stores/index.ts";
import type { Store } from "../../src/attachments/stores/store.ts";
import type { HttpClient } from "../../src/ports.ts";
import { openFolder } from "../../src/runtimes/folder.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { AddressRefused } from "../../src/security/reach.ts";
import { type RunningStore, startAzurite, startS3 } from "../support/stores.ts";

const surroundings = { http: createHttpClient(), folder: openFolder, now: Date.now };
const open = (url: string, publicOnly = false) => openStore({ url, publicOnly }, surroundings);
const never = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = async (store: Store, path: string) => new Response((await store.get(path, never)).body).text();

const SERVERS: Record<string, (folder: string) => Promise<RunningStore | { unavailable: string }>> = {
  S3: startS3,
  "Google's storage, by S3's protocol": async (folder) => {
    const server = await startS3(folder);
    return "end" in server ? { ...server, url: (...of) => server.url(...of).replace("s3:", "gs:") } : server;
  },
  Azure: startAzurite,
  "a folder": async (folder) => ({
    endpoint: "",
    end: async () => undefined,
    url: (path = "") => `${pathToFileURL(folder)}${path}`,
  }),
};

describe.each(Object.keys(SERVERS))("%s as a store", { timeout: 120_000 }, (kind) => {
  let running: RunningStore | { unavailable: string } | undefined;
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-test-"));
  beforeAll(async () => {
    running = await SERVERS[kind]!(folder);
  }, 120_000);
  afterAll(async () => {
    if (running !== undefined && "end" in running) await running.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const stored = (name: string, promise: (server: RunningStore) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (running === undefined || "unavailable" in running) return skip(running?.unavailable);
      await promise(running);
    });

  stored("gives back what was put, under a prefix and any name", async (server) => {
    const store = open(server.url("/a/b c"));
    for (const name of ["plain.txt", "dir/plus+and space.txt", "ü/größe (1)'!*.pdf", "100%25.txt"]) {
      await store.put(name, { bytes: bytes(name), mimeType: "text/plain", filename: name }, never);
      const file = await store.get(name, never);
      expect(await new Response(file.body).text()).toBe(name);
      expect(file.size).toBe(bytes(name).length);
      if (kind !== "a folder") expect(file.mimeType).toBe("text/plain");
    }
    expect(await textOf(open(server.url("/a")), "b c/plain.txt")).toBe("plain.txt");
  });

  stored("puts the same again in place of it", async (server) => {
    const store = open(server.url());
    for (const content of ["first, which is longer", "second"])
      await store.put("again", { bytes: bytes(content), mimeType: "text/plain", filename: "again" }, never);
    expect(await textOf(store, "again")).toBe("second");
  });

  stored("gives a range of it", async (server) => {
    const store = open(server.url());
    await store.put("range", { bytes: bytes("0123456789"), mimeType: "text/plain", filename: "range" }, never);
    const { body, size } = await store.get("range", never, { first: 2, last: 4 });
    expect([await new Response(body).text(), size]).toEqual(["234", 3]);
  });

  stored("says for good that a file is not there, and has nothing against deleting it", async (server) => {
    const store = open(server.url());
    await expect(store.get("nothing", never)).rejects.toMatchObject({ name: "AttachmentError", permanent: true });
    await store.delete("nothing", never);
    await store.put("some", { bytes: bytes("x"), mimeType: "text/plain", filename: "some" }, never);
    await store.delete("some", never);
    await expect(store.get("some", never)).rejects.toMatchObject({ permanent: true });
  });

  stored("leads out of its prefix by no path", async (server) => {
    await open(server.url()).put("outside", { bytes: bytes("x"), mimeType: "text/plain", filename: "o" }, never);
    const store = open(server.url("/inside"));
    for (const path of ["../outside", "a/../../outside", "/outside", "./x", "a//b", "..\\outside", "", "a\0b"])
      for (const call of [
        store.get(path, never),
        store.put(path, { bytes: bytes("y"), mimeType: "t/p", filename: "o" }, never),
      ])
        await expect(call).rejects.toMatchObject({ permanent: true });
    await expect(store.get("%2e%2e/outside", never)).rejects.toMatchObject({ permanent: true });
    expect(await textOf(open(server.url()), "outside")).toBe("x");
  });

  stored("keeps ten megabytes byte for byte", async (server) => {
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const content = new Uint8Array(10 * 1024 * 1024);
    for (let at = 0; at < content.length; at += large.length) content.set(large, at);
    const store = open(server.url());
    await store.put("large", { bytes: content, mimeType: "application/zip", filename: "large.zip" }, never);
    const { body } = await store.get("large", never);
    expect(Buffer.from(await new Response(body).arrayBuffer()).equals(content)).toBe(true);
  });

  if (kind === "a folder") return;

  stored("has links that need no credentials, save under the file's name, and end", async (server) => {
    const store = open(server.url());
    await store.put("linked", { bytes: bytes("linked"), mimeType: "text/plain", filename: "x" }, never);
    const link = await store.link("linked", { filename: "Größe 1.txt", seconds: 60, now: Date.now() });
    const answer = await fetch(link!.url);
    expect([answer.status, await answer.text()]).toEqual([200, "linked"]);
    expect(answer.headers.get("content-disposition")).toContain("filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.txt");
    const ended = await store.link("linked", { filename: "x", seconds: 60, now: Date.now() - 120_000 });
    expect((await fetch(ended!.url)).status).toBe(403);
    expect((await fetch(link!.url.replace("/linked", "/other"))).status).toBeGreaterThanOrEqual(403);
    const again = { filename: "x", seconds: 60, now: 1_800_000_000_000 };
    expect(await store.link("linked", again)).toEqual(await store.link("linked", again));
    expect(await open(server.url("", { links: "proxy" })).link("linked", again)).toBeUndefined();
  });

  stored("refuses a wrong key for good, and names neither key nor signature", async (server) => {
    const store = open(server.url().replace(/:[^@/]+@/, ":d3adb33f@"));
    const failure = await store.get("some", never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AttachmentError", permanent: true });
    expect(String(failure)).not.toMatch(/d3adb33f|sig=|Signature|S3RVER/);
  });

  stored("is not reached at a private address where a tenant's key named it", async (server) => {
    await open(server.url()).put("own", { bytes: bytes("x"), mimeType: "text/plain", filename: "own" }, never);
    const refused = { permanent: true, message: expect.stringContaining("may not be reached") };
    await expect(open(server.url(), true).get("own", never)).rejects.toMatchObject(refused);
    // A name that is public by its looks, and leads to this machine.
    const resolved = server.url("", { endpoint: server.endpoint.replace("127.0.0.1", "private.invalid") });
    const http: HttpClient = async ({ addressFault }) => {
      const fault = addressFault("127.0.0.1");
      throw fault === undefined ? new Error("connected") : new AddressRefused(fault);
    };
    const store = openStore({ url: resolved, publicOnly: true }, { ...surroundings, http });
    await expect(store.get("own", never)).rejects.toMatchObject(refused);
  });
});
