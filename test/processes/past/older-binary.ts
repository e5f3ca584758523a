/** The binary of the release before, built from its commit where the clone has it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../support/database.ts";
import { BUN } from "../../support/programs.ts";

/** The last one on the schema of 0007_drop_in. */
const COMMIT = "3662aa00021aa78fbb3659dbc1c77cbed998bed2";

/** Its path, in a folder that goes with the test. It is built with the present packages. */
export function olderBinary(): string | { unavailable: string } {
  try {
    execFileSync("git", ["cat-file", "-e", `${COMMIT}^{commit}`], { stdio: "ignore" });
  } catch {
    return { unavailable: `this clone has no commit ${COMMIT}, the release before` };
  }
  const folder = temporaryFolder();
  const sources = join(folder, "sources");
  mkdirSync(sources);
  execFileSync("git", ["archive", `--output=${folder}/sources.tar`, COMMIT]);
  execFileSync("tar", ["-xf", `${folder}/sources.tar`, "-C", sources]);
  symlinkSync(join(process.cwd(), "node_modules"), join(sources, "node_modules"));
  execFileSync(BUN, [".ci/build.ts", "--out", folder], { cwd: sources, stdio: "ignore" });
  const binary = join(folder, "mail-proxy");
  if (!existsSync(binary)) throw new Error("the release before cannot be built any more");
  return binary;
}
