/** The compiled binary from its start to its first answer, as the very first client sees it. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../child.ts";
import { Connection } from "../connection.ts";

/** A start that takes longer is no start. */
const LONGEST_MS = 30_000;

/** Builds the binary from the sources as they are; answers its path. */
export function build(folder: string): string {
  const args = [join(ROOT, ".ci", "build.ts"), "--out", folder];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("the binary cannot be built");
  return join(folder, process.platform === "win32" ? "mail-proxy.exe" : "mail-proxy");
}

/** Starts an instance in `home` and stops it again; answers the milliseconds to the first answered request. */
export async function startOnce(binary: string, home: string): Promise<number> {
  const port = freePort();
  const begin = performance.now();
  const program = spawn(binary, ["start", "bench", "--port", String(port)], {
    env: { PATH: process.env.PATH, HOME: home, MAIL_PROXY_HOME: home },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => program.once("exit", resolve));
  try {
    const connection = await firstConnection(port, begin + LONGEST_MS);
    const request = Buffer.from(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const { status } = await connection.request(request);
    if (status !== 200) throw new Error(`the binary answered its first request with ${status}`);
    const waited = performance.now() - begin;
    connection.close();
    return waited;
  } finally {
    program.kill("SIGTERM");
    await ended;
  }
}

async function firstConnection(port: number, until: number): Promise<Connection> {
  for (;;) {
    try {
      return await Connection.open(port);
    } catch (error) {
      // Nobody listens yet.
      if (performance.now() > until) throw error;
    }
    await Bun.sleep(1);
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  listener.stop(true);
  return listener.port;
}
