/** Runs commands at a terminal of their own, which util-linux's `script` makes, and types into it. */
import { spawnSync } from "node:child_process";
import { programWith, startCommand } from "./program.ts";

/** Why that cannot be had here; undefined where it can. */
export const NO_TERMINAL =
  process.platform === "linux" && spawnSync("script", ["--version"]).status === 0
    ? undefined
    : "a terminal is made by util-linux's script";

export const ENTER = "\r";
export const CTRL_C = "\u0003";
export const DOWN = "\u001b[B";

export interface Terminal {
  /** Types as soon as this is shown, after all that was waited for before. */
  answer(question: string, keys: string): Promise<void>;
  /** What was shown, without colours and movements of the cursor, and as it came. */
  ended: Promise<{ code: number | null; shown: string; raw: string }>;
}

const PATIENCE_MS = 10_000;

interface Options {
  home: string;
  columns?: number;
  environment?: Record<string, string>;
}

/** `mail-proxy` with these arguments. */
export function programAtTerminal(args: readonly string[], options: Options): Terminal {
  return commandAtTerminal(programWith(args), options);
}

export function commandAtTerminal(
  command: readonly string[],
  { home, columns = 80, environment = {} }: Options,
): Terminal {
  const inside = `stty cols ${columns} rows 40; exec ${command.map(quoted).join(" ")}`;
  const env = { TERM: "xterm-256color", TZ: "UTC", SHELL: "/bin/sh", ...environment };
  const run = startCommand(["script", "-qefc", inside, "/dev/null"], home, env);
  let from = 0;
  return {
    async answer(question, keys) {
      const late = setTimeout(() => run.child.kill(), PATIENCE_MS); // which tells what was shown instead
      const shown = await run.printed(new RegExp(`^[\\s\\S]{${from},}?${escaped(question)}`));
      clearTimeout(late);
      from = shown[0].length;
      run.child.stdin?.write(keys);
    },
    ended: run.ended.then(({ code, stdout }) => ({ code, shown: plain(stdout), raw: stdout })),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const CONTROL_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*\u0007|[@-_])|\r/g;

function plain(output: string): string {
  return output.replace(CONTROL_SEQUENCE, "");
}
