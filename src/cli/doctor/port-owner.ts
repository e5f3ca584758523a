/** Which process has a port, where the system tells it in files (Linux): for the advice to whoever wants the port. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** proc(5): the state of a socket that listens. */
const LISTENS = "0A";

/** `nginx (process 12)`; undefined where it cannot be known, such as of another user's process. */
export function ownerOf(port: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listening(table, port)));
  if (sockets.size === 0) return undefined;
  const pid = readdirSync("/proc").find(
    (name) => /^\d+$/.test(name) && linksOf(name).some((link) => sockets.has(link)),
  );
  return pid === undefined ? undefined : `${text(`/proc/${pid}/comm`).trim()} (process ${pid})`;
}

/** Of the lines `sl local_address rem_address st ... inode`, as links in a process's folder name them. */
function listening(table: string, port: number): string[] {
  const lines = text(table).split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTENS && Number.parseInt(local.split(":")[1] ?? "", 16) === port ? [`socket:[${inode}]`] : [];
  });
}

/** Processes end while they are looked at, and those of other users are closed: neither is a fault. */
function linksOf(pid: string): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((file) => readlinkSync(`${folder}/${file}`));
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone by now, or a kernel without that table
  }
}
