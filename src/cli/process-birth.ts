/** Tells one process from another that was given the same id later. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** When the process began, as text that is only good for comparing; undefined when there is no such process. */
export function processBirth(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform === "linux") return birthOnLinux(pid);
  if (process.platform === "win32") return "alive";
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { env: { LC_ALL: "C" }, encoding: "utf8" });
  return stdout.trim() || undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // it is there, but not ours to signal
  }
}

/** proc(5): the fields after the name in brackets, which may itself hold brackets; ticks count from the boot. */
function birthOnLinux(pid: number): string | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const fields = readFileSync(path, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === "Z") return undefined; // it has ended and only waits for its parent to notice
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${startTicks}`;
}
