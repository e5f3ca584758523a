/** Our `cloudflare:sockets`: both directions wait for who is slower, and every end is told once, to whom it concerns. */
import net, { type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/runtimes/sockets.ts";
import { startSmtpServer, testCa } from "../support/smtp-server.ts";
import { bytes } from "./support.ts";

/** A plain TCP server of the test. */
async function listen(onConnection: (socket: net.Socket) => void): Promise<number> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket.on("error", () => socket.destroy()));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function open(port: number) {
  const socket = connect({ hostname: "127.0.0.1", port }, { secureTransport: "off", allowHalfOpen: false });
  onTestFinished(() => socket.close());
  await socket.opened;
  return socket;
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<number> {
  let length = 0;
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length;
    length += value.length;
  }
}

test("what is written arrives, and the answer too", async () => {
  const socket = await open(await listen((peer) => peer.pipe(peer)));
  const writer = socket.writable.getWriter();
  await writer.write(bytes("hello"));
  const { value } = await socket.readable.getReader().read();
  expect(Buffer.from(value ?? []).toString()).toBe("hello");
});

test("a peer that sends more than is read has to wait", async () => {
  const block = Buffer.alloc(64 * 1024);
  const blocks = 1024;
  let sent = 0;
  const port = await listen((peer) => {
    const send = () => {
      while (sent < blocks) {
        sent++;
        if (!peer.write(block)) return;
      }
      peer.end();
    };
    peer.on("drain", send);
    send();
  });
  const socket = await open(port);
  // The buffers in between fill up, and then nothing moves any more.
  let before = -1;
  const moves = () => {
    const moved = sent !== before;
    before = sent;
    return moved;
  };
  await expect.poll(moves, { interval: 100 }).toBe(false);
  expect(sent).toBeLessThan(blocks / 2);
  expect(await readAll(socket.readable)).toBe(blocks * block.length);
});

test("a write that waits for a peer fails when the peer goes away", async () => {
  let peer: net.Socket | undefined;
  const port = await listen((accepted) => {
    peer = accepted.pause();
  });
  const socket = await open(port);
  const written = socket.writable.getWriter().write(new Uint8Array(64 * 1024 * 1024));
  await expect.poll(() => peer).toBeDefined();
  peer?.resetAndDestroy();
  await expect(written).rejects.toThrow();
});

test("a write waits for a peer that does not read", async () => {
  let peer: net.Socket | undefined;
  const port = await listen((socket) => {
    peer = socket.pause();
  });
  const socket = await open(port);
  const writer = socket.writable.getWriter();
  let done = false;
  const written = writer.write(new Uint8Array(64 * 1024 * 1024)).then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(done).toBe(false);
  peer?.resume();
  await written;
});

test("a connection that nobody takes is refused with its code, in every promise that is asked", async () => {
  const port = await new Promise<number>((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
  const socket = connect({ hostname: "127.0.0.1", port });
  await expect(socket.opened).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(socket.closed).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(socket.readable.getReader().read()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(socket.writable.getWriter().write(bytes("x"))).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a failure that nobody asks about is no unhandled rejection", async () => {
  const failures: unknown[] = [];
  const record = (reason: unknown) => void failures.push(reason);
  process.on("unhandledRejection", record);
  onTestFinished(() => void process.off("unhandledRejection", record));
  const port = await listen((socket) => socket.resetAndDestroy());
  const socket = connect({ hostname: "127.0.0.1", port });
  const [reader, writer] = [socket.readable.getReader(), socket.writable.getWriter()];
  await reader.read().catch(() => undefined);
  await writer.write(bytes("x")).catch(() => undefined);
  connect({ hostname: "127.0.0.1", port }).startTls();
  connect({ hostname: "127.0.0.1", port }, { secureTransport: "on" });
  await socket.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(failures).toEqual([]);
});

test("the peer's end is the end of what can be read", async () => {
  const socket = await open(await listen((peer) => peer.end("bye")));
  expect(await readAll(socket.readable)).toBe(3);
  await socket.closed;
});

test("closing ends a read that waits", async () => {
  const socket = await open(await listen(() => undefined));
  const read = socket.readable.getReader().read();
  await socket.close();
  expect(await read).toEqual({ done: true, value: undefined });
});

test("closing a connection that is being made stops the attempt", async () => {
  const socket = connect({ hostname: "127.0.0.1", port: await listen(() => undefined) });
  await socket.close();
  await expect(socket.opened).rejects.toThrow();
});

test.each(["localhost", "127.0.0.1"])(
  "TLS from the first byte and TLS later trust the CA they are told, for %s",
  async (hostname) => {
    const server = await startSmtpServer({ tls: "implicit" });
    const raw = connect({ hostname, port: server.port }, { secureTransport: "starttls" });
    await raw.opened;
    const secured = raw.startTls({ ca: testCa });
    await secured.opened;
    const { value } = await secured.readable.getReader().read();
    expect(Buffer.from(value ?? []).toString()).toBe("220 test.invalid ESMTP\r\n");
    await secured.close();

    const distrustful = connect({ hostname, port: server.port }, { secureTransport: "on" });
    await expect(distrustful.opened).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE/) });
  },
);
