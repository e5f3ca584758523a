// Installs the locked dependencies with the pinned bun, and does nothing when they are already there: needs only Node and npm.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

const wanted = createHash("sha256")
  .update(readFileSync("package.json"))
  .update(readFileSync("bun.lock"))
  .update(`${process.platform}-${process.arch}`)
  .digest("hex");
const stamp = "node_modules/.installed";

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  const bun = JSON.parse(readFileSync("package.json", "utf8")).devDependencies.bun;
  // From another folder, so that npx never picks up a bun that a broken install left in node_modules.
  const { status } = spawnSync("npx", ["-y", `bun@${bun}`, "install", "--frozen-lockfile", "--cwd", process.cwd()], {
    cwd: tmpdir(),
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}
