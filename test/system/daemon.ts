/** What Dovecot and Postfix have in common here: whether this machine has them, free ports, a process in the foreground. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Starts what is to be told when whoever started it dies. */
const SETPRIV = "/usr/bin/setpriv";
/** Hands that on: Postfix itself is not told, since the kernel forgets it for processes that change their user. */
const GUARD = ["/bin/sh", "-c", 'trap "trap : TERM; kill 0" TERM; "$@" & wait', "guard"];

/**
 * Why these programs cannot be run on this machine; undefined where they can. On a machine that is there to run everything it
 * is no reason but a failure: what the round trip promises must never be skipped without anybody's notice.
 */
export function unavailable(programs: readonly string[]): string | undefined {
  const reason = reasonAgainst(programs);
  if (reason !== undefined && (process.env.CI || process.env.LONG)) throw new Error(reason);
  return reason;
}

function reasonAgainst(programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "only root may run mail servers, which change their users";
  const missing = [SETPRIV, ...programs].filter((path) => !existsSync(path));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** What has only just begun can wait for seconds for another that is gone already; it has nothing in its hands. */
const GRACE_MS = 500;

export interface Daemon {
  /** Asks it, and with it all of its children, to end; settles when they are gone. */
  stop(): Promise<void>;
}

export interface Start {
  command: string;
  args: readonly string[];
  /** It is up when it greets on each of them: listening it is long before it has processes that serve. */
  ports: readonly number[];
  /** Where it logs, for whoever reads why it did not come up. */
  log: string;
}

/** Settles when it answers, and rejects with its log where it ends before. */
export async function startDaemon({ command, args, ports, log }: Start): Promise<Daemon> {
  // A process group of its own: its children end with it, and nothing of the test runner does. A runner that dies takes it along.
  const child = spawn(SETPRIV, ["--pdeathsig", "TERM", ...GUARD, command, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const gone = once(child, "exit");
  for (const port of ports) {
    while (!(await greets(port))) {
      if (child.exitCode !== null)
        throw new Error(`${command} ended: ${said}${existsSync(log) ? readFileSync(log) : ""}`);
      await pause(20);
    }
  }
  const group = -(child.pid ?? 0);
  return {
    async stop() {
      signal(group, "SIGTERM");
      const deadline = Date.now() + GRACE_MS;
      while (signal(group, 0) && Date.now() < deadline) await pause(20);
      signal(group, "SIGKILL");
      // The guard may go before its children do; who starts it again finds the number of one that is dying, and takes it for alive.
      while (signal(group, 0)) await pause(20);
      await gone;
    },
  };
}

/** False where nobody is left to take it. */
function signal(pid: number, name: 0 | NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
    socket.on("end", () => end(false));
  });
}
