/** A program that is given something to read, until its end. */
import { execFile } from "node:child_process";

export interface Ended {
  code: unknown;
  /** What it printed, and said of its errors. */
  output: string;
}

const MOST_MS = 60_000;

export function runProgram(
  command: string,
  args: readonly string[],
  input: string | Buffer,
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      env: { PATH: process.env.PATH ?? "", PYTHONDONTWRITEBYTECODE: "1", ...env },
      timeout: MOST_MS,
    };
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
    // A program that ends early reads no more: its exit tells that, and the pipe's error would say it again.
    child.stdin?.on("error", () => child.stdin?.destroy()).end(input);
  });
}
