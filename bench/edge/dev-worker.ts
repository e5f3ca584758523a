/** The Worker in workerd with a libSQL server behind it (.ci/dev-worker.mjs), and what CPU time workerd has used. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { ROOT } from "../child.ts";

/** Clock ticks of /proc/PID/stat a second: 100 on every Linux that Node and workerd are built for. */
const TICKS = 100;

export class BenchWorker {
  readonly #process: ChildProcess;
  #url = "";
  #token = "";

  private constructor(program: ChildProcess) {
    this.#process = program;
  }

  /** Settings by their names without `MAIL_PROXY_`; mail goes to the server at `smtp`. Throws what the script says where it cannot start. */
  static async start(settings: Record<string, string>, smtp: number): Promise<BenchWorker> {
    const named = Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
    const program = spawn("node", [".ci/dev-worker.mjs", "--port", "0", "--smtp", `127.0.0.1:${smtp}`], {
      cwd: ROOT,
      env: { ...process.env, ...Object.fromEntries(named) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const worker = new BenchWorker(program);
    const said = await untilReady(program);
    const value = (name: string) => new RegExp(`^${name} +(\\S+)$`, "m").exec(said)?.[1];
    const [url, token] = [value("worker"), value("token")];
    if (url === undefined || token === undefined) throw new Error("the Worker did not start");
    worker.#url = url;
    worker.#token = token;
    return worker;
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { "X-API-Token": this.#token, "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async cron(): Promise<void> {
    const response = await fetch(`${this.#url}/__scheduled?cron=*+*+*+*+*`);
    if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
  }

  /** CPU milliseconds that workerd takes for this, compilation and garbage collection included. */
  async cpuMs(work: () => Promise<void>): Promise<number> {
    const before = this.#used();
    await work();
    return this.#used() - before;
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGINT");
    await gone;
  }

  #used(): number {
    const found = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    const workers = found.map(stat).filter((one) => one?.name === "workerd" && isBelow(one.parent, this.#process.pid));
    return (workers.reduce((sum, one) => sum + (one?.ticks ?? 0), 0) * 1000) / TICKS;
  }
}

/** All that it printed until then; what comes later is read and forgotten, since a full pipe would stop it. */
function untilReady(program: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    program.stdout?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes("Ctrl-C ends it.")) resolve(said);
    });
    program.once("exit", (code) => reject(new Error(`the Worker's script ended with ${code}`)));
  });
}

interface Stat {
  name: string;
  parent: number;
  ticks: number;
}

/** proc(5): `pid (name) state ppid ... utime stime`; undefined where the process is gone. */
function stat(pid: number): Stat | undefined {
  try {
    const [, name = "", rest = ""] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    return { name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

function isBelow(pid: number, ancestor: number | undefined): boolean {
  if (pid === ancestor) return true;
  const parent = stat(pid)?.parent;
  return parent !== undefined && parent > 1 && isBelow(parent, ancestor);
}
