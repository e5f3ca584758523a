/** The outer side of a process of the benchmarks (see answering.ts): starts it, hears its news, asks it, ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** bunfig.toml stands here; with it Bun finds what worker-mailer imports. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How long a process may take to end by itself, a profile to be written included. */
const END_MS = 15_000;

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<void>;

  private constructor(program: ChildProcess) {
    const { stdout } = program;
    if (stdout === null) throw new Error("a process of the benchmarks needs a standard output");
    this.#process = program;
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => program.once("exit", () => resolve()));
  }

  /** Runs a file of bench/ on this Bun; `flags` are Bun's own (`--cpu-prof`). */
  static start(file: string, options: Record<string, string | number> = {}, flags: readonly string[] = []): Child {
    const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const args = [...flags, fileURLToPath(new URL(file, import.meta.url)), ...given];
    return new Child(spawn(process.execPath, args, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** Its next line. */
  async news<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(" ")} ended without an answer`);
    return JSON.parse(value) as T;
  }

  ask<T>(question: unknown = {}): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    return this.news<T>();
  }

  /** Settles when the process is gone; one that does not go by itself is killed. */
  async end(): Promise<void> {
    this.#process.stdin?.end();
    const deadline = setTimeout(() => this.#process.kill("SIGKILL"), END_MS);
    await this.#ended;
    clearTimeout(deadline);
  }
}
