/** A Postfix of the test's own, before a Dovecot: its queue in a temporary folder, on a free port of 127.0.0.1. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "../support/free-port.ts";
import { startDaemon, unavailable } from "./daemon.ts";
import { type PostfixSetup, postfixConfiguration, postfixServices } from "./postfix-configuration.ts";

const POSTFIX = "/usr/sbin/postfix";
const MASTER = "/usr/lib/postfix/sbin/master";

export interface Postfix {
  host: "127.0.0.1";
  /** Takes mails from this machine for anybody, without a login. */
  port: number;
  /** What it has logged so far. */
  log(): string;
  /** Ends it, and takes its folder away. */
  close(): Promise<void>;
}

/** One that answers; or the reason why there is none on this machine. */
export async function openPostfix(
  setup: Omit<PostfixSetup, "folder" | "port">,
): Promise<Postfix | { unavailable: string }> {
  const reason = unavailable([POSTFIX, MASTER]);
  if (reason !== undefined) return { unavailable: reason };
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-postfix-"));
  const [port = 0] = await freePorts(1);
  chmodSync(folder, 0o755); // its processes run as a user of their own
  for (const name of ["etc", "queue"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "etc", "main.cf"), postfixConfiguration({ ...setup, folder, port }));
  writeFileSync(join(folder, "etc", "master.cf"), postfixServices(port));

  // Makes the folders of its queue, each with the owner and the rights that it insists on.
  await promisify(execFile)(POSTFIX, ["-c", join(folder, "etc"), "check"]);
  const log = join(folder, "postfix.log");
  const daemon = await startDaemon({ command: MASTER, args: ["-c", join(folder, "etc"), "-d"], ports: [port], log });
  return {
    ...{ host: "127.0.0.1", port },
    log: () => readFileSync(log, "utf8"),
    async close() {
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
