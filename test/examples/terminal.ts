/** The commands of an example's README, typed into a shell as they stand there; only addresses are this test's. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { commandLine } from "../cli/program.ts";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { blocks } from "../support/pages.ts";

const LIMIT_MS = 30_000;
const run = promisify(execFile);

/** A proxy with its sandbox inbox: what a person has who has typed `npm start`, or `start` with further options. */
export async function startProxy(...options: string[]) {
  const { home, start } = commandLine();
  const begin = (port: string) => start("start", "default", "--sandbox", "--port", port, ...options);
  const first = begin(String(await freePort()));
  const [, url = "", token = ""] = await first.printed(/is ready: (\S+)[\s\S]*Admin token +(\S+)/);
  let running = first;
  const stop = async () => {
    running.child.kill("SIGTERM");
    await running.ended;
  };
  const startAgain = async () => {
    running = begin(new URL(url).port);
    await running.printed(/is ready/);
  };
  const admin = (path: string, method = "GET") => fetch(url + path, { method, headers: { "X-API-Token": token } });
  return { home, url, admin, stop, startAgain };
}

export type RunningProxy = Awaited<ReturnType<typeof startProxy>>;

/** Where commands of an example are typed: in its folder, with `mail-proxy` and the right `python3` at hand. */
export async function openTerminal(
  example: string,
  { home, url }: Pick<RunningProxy, "home" | "url">,
  python?: string,
  settings: Record<string, string> = {},
) {
  const port = await freePort();
  const shop = `http://127.0.0.1:${port}`;
  const bin = temporaryFolder();
  script(join(bin, "mail-proxy"), binaryUnderTest());
  if (python !== undefined) script(join(bin, "python3"), python);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    MAIL_PROXY_HOME: home,
    MAIL_PROXY_URL: url,
    PORT: String(port),
    SHOP_DATABASE: join(home, "shop.db"),
    PYTHONDONTWRITEBYTECODE: "1",
    ...settings,
  };
  const at = { cwd: `examples/${example}`, env };

  const session = join(temporaryFolder(), "session");
  writeFileSync(session, "");
  const inSession = (commands: string[]) => [`source ${session}`, ...commands].join("\n");

  return {
    shop,
    env,
    /** The commands of the README in their order, without what installs. */
    commands: blocks(`examples/${example}/README.md`, "sh")
      .filter((block) => !/^(pip|npm) install/.test(block))
      .map((block) => block.replaceAll("http://127.0.0.1:5000", shop)),
    /** Waits for their end, and answers what they printed. What they export, later ones have. */
    type: async (...commands: string[]) => {
      const { stdout } = await run("bash", ["-ec", inSession([...commands, `export -p > ${session}`])], at);
      return stdout;
    },
    /** Waits until what they start listens; answers how to end it. */
    serve: (...commands: string[]) => {
      const child = spawn("bash", ["-ec", inSession(commands)], {
        ...at,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const end = endingOf(child);
      onTestFinished(end);
      return Promise.race([listening(shop).then(() => end), failure(child)]);
    },
  };
}

/** A command that hands its arguments on; no link, since a python of a virtual environment knows that by its own place. */
function script(path: string, ...command: string[]): void {
  writeFileSync(path, `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`, { mode: 0o755 });
}

/** The whole group: the shell, and what it runs. */
function endingOf(child: ChildProcess): () => Promise<void> {
  const closed = once(child, "close");
  return async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, "SIGKILL");
    await closed;
  };
}

async function failure(child: ChildProcess): Promise<never> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  await once(child, "close");
  throw new Error(`the example ended: ${output}`);
}

async function listening(url: string): Promise<void> {
  await until(
    () =>
      fetch(url)
        .then(() => true)
        .catch(() => false),
    (answers) => answers,
  );
}

/** A python3 that has the module: the first on the way, or the system's own. */
export function pythonWith(module: string): string | undefined {
  const found = ["python3", "/usr/bin/python3"].map((name) =>
    spawnSync(name, ["-c", `import ${module}, sys; print(sys.executable)`]),
  );
  return found
    .find(({ status }) => status === 0)
    ?.stdout.toString()
    .trim();
}

export async function until<T>(look: () => Promise<T>, found: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (found(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain, last seen: ${JSON.stringify(seen)}`);
    await pause(20);
  }
}
