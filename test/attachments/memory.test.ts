/** What a large attachment takes of a process's memory, in the binary and on Node, from its fetch to the last byte of its message. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { build } from "../runtimes/targets/build.ts";
import { type ProxyProcess, serveWith } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { fileServer, message } from "./support.ts";

const MIB = 1024 * 1024;
const LARGEST = 25 * MIB;

const removed = (remove: () => unknown) => onTestFinished(() => void remove());
/** By what runs them: the words of its command. */
const PROGRAMS = {
  binary: async () => [binaryUnderTest()],
  node: async () => [process.execPath, join(await build(removed, "--node"), "mail-proxy.mjs")],
};

/** Kilobytes, as the kernel counts them. */
function kilobytes({ pid }: ProxyProcess, what: "VmRSS" | "VmHWM"): number {
  const [, found] = new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(found);
}

test.skipIf(process.platform !== "linux").each(["binary", "node"] as const)(
  "an attachment of 25 MB takes less than three times its size, whether its length is announced or not: %s",
  { timeout: 120_000 },
  async (program) => {
    const piece = Buffer.alloc(64 * 1024, "some content of a file ");
    const files = await fileServer(async ({ path }, response) => {
      if (path === "/small") return "small";
      if (path === "/announced") response.setHeader("Content-Length", String(LARGEST));
      for (let sent = 0; sent < LARGEST; sent += piece.length)
        if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
      response.end();
      return undefined;
    });
    const sink = await startSink();
    const home = mkdtempSync(join(tmpdir(), "mail-proxy-memory-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const proxy = serveWith(await PROGRAMS[program](), home, {
      ATTACHMENT_ALLOW: "127.0.0.1",
      CACHE_MEMORY_MAX_MB: "0",
    });
    onTestFinished(proxy.kill);
    await proxy.call("POST", "/tenant", { id: "acme" });
    await proxy.call("POST", "/account", {
      id: "default",
      tenant_id: "acme",
      host: "127.0.0.1",
      port: sink.port,
      use_tls: false,
    });
    const send = async (name: string) => {
      const attachments = [{ filename: "a.bin", storage_path: `${files.url}/${name}` }];
      await proxy.call("POST", "/commands/add-messages", { messages: [{ ...message(name), attachments }] });
      await expect
        .poll(async () => (await proxy.call("GET", `/messages/${name}`)).body, { timeout: 60_000 })
        .toMatchObject({ status: "sent" });
    };
    await send("small");
    for (const name of ["announced", "chunked"]) {
      const before = kilobytes(proxy, "VmRSS");
      writeFileSync(`/proc/${proxy.pid}/clear_refs`, "5"); // proc(5): the peak begins anew
      await send(name);
      const taken = (kilobytes(proxy, "VmHWM") - before) * 1024;
      expect(taken).toBeLessThan(3 * LARGEST);
    }
  },
);
