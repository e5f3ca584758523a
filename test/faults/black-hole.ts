/** A port that answers no connection attempt: a process that listens and never accepts, its backlog full. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { onTestFinished } from "vitest";

const DEAF = `
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** An attempt that takes longer than this, on loopback, gets no answer any more. */
const UNANSWERED_MS = 200;

export async function blackHole(): Promise<number> {
  const deaf = spawn(process.execPath, ["-e", DEAF], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void deaf.kill("SIGKILL"));
  const [port] = await once(deaf.stdout, "data");
  while (await connects(Number(port)));
  return Number(port);
}

/** Keeps the connection, since it has its place in the backlog. */
async function connects(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => socket.destroy()); // its process is killed when the test ends
  const timeout = new Promise<false>((resolve) => setTimeout(resolve, UNANSWERED_MS, false));
  return Promise.race([once(socket, "connect").then(() => true), timeout]);
}
