/**
 * The files of a release, of all platforms or of some:
 *
 * 1. bring bun's executables and libSQL's addons of all of them, both of the versions in bun.lock
 * 2. make each binary, with its bill of materials and its notices
 * 3. pack each with what belongs to it
 * 4. write SHA256SUMS, and with these sums the formula; the installer gets to know where the release is
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CryptoHasher } from "bun";
import manifest from "../../package.json" with { type: "json" };
import { SCRIPTS } from "../../src/cli/completion/scripts.ts";
import { archive } from "./archive.ts";
import { compile } from "./compile.ts";
import { formula } from "./formula.ts";
import { notices } from "./notices.ts";
import { packagesOf } from "./packages.ts";
import { type Platform, programName } from "./platforms.ts";
import { ROOT, run } from "./root.ts";
import { billOfMaterials } from "./sbom.ts";

const COMPLETIONS = { "mail-proxy.bash": SCRIPTS.bash, "_mail-proxy": SCRIPTS.zsh, "mail-proxy.fish": SCRIPTS.fish };

/** `url` is where the archives will be; without one the installer asks for it, and there is no formula. */
export async function release(platforms: readonly Platform[], dist: string, url: string | undefined): Promise<void> {
  const packages = installFor(platforms);
  const sums = new Map<string, string>();
  const written: string[] = [];
  for (const platform of platforms) {
    const files = await packed(platform, packages, dist);
    sums.set(platform.name, sumOf(files[0]));
    written.push(...files);
  }
  const installer = join(dist, "install.sh");
  writeFileSync(installer, installerFor(url), { mode: 0o755 });
  written.push(installer);
  if (url !== undefined) {
    writeFileSync(join(dist, "mail-proxy.rb"), formula(sums, url));
    written.push(join(dist, "mail-proxy.rb"));
  }
  const lines = written.map((path) => `${sumOf(path)}  ${basename(path)}\n`);
  writeFileSync(join(dist, "SHA256SUMS"), lines.join(""));
  for (const path of written) console.log(`${basename(path)} (${(statSync(path).size / 1e6).toFixed(1)} MB)`);
}

/** Installs what bun.lock holds for these platforms, in a place that is the same whichever they are: their paths count. */
function installFor(platforms: readonly Platform[]): string {
  const folder = `${ROOT}node_modules/.platforms/`;
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "bun.lock"]) copyFileSync(ROOT + name, folder + name);
  const kinds = platforms.flatMap(({ name }) => {
    const [system, processor] = name.replace("windows", "win32").split("-");
    return [`--os=${system}`, `--cpu=${processor}`];
  });
  run([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--cwd", folder, ...new Set(kinds)]);
  return `${folder}node_modules/`;
}

/** Answers the archive and the bill of materials. */
async function packed(platform: Platform, packages: string, dist: string): Promise<[archive: string, bill: string]> {
  const stage = mkdtempSync(join(tmpdir(), "mail-proxy-release-"));
  try {
    const name = `mail-proxy-${manifest.version}-${platform.name}`;
    const folder = join(stage, name);
    mkdirSync(folder);
    const bill = await fill(folder, platform, packages);
    const path = join(dist, `${name}${platform.name.startsWith("windows") ? ".zip" : ".tar.gz"}`);
    archive(stage, name, path);
    writeFileSync(join(dist, `${name}.cdx.json`), bill);
    return [path, join(dist, `${name}.cdx.json`)];
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Answers the bill of materials, which is among the files too. */
async function fill(folder: string, platform: Platform, packages: string): Promise<string> {
  const bun = `${packages}${platform.bun}`;
  const executable = `${bun}/bin/${platform.name.startsWith("windows") ? "bun.exe" : "bun"}`;
  const inputs = await compile(platform, packages, join(folder, programName(platform)), executable);
  const embedded = packagesOf(inputs, [bun]);
  const bill = billOfMaterials(platform, embedded);
  writeFileSync(join(folder, "sbom.cdx.json"), bill);
  writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), notices(embedded));
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) cpSync(ROOT + file, join(folder, file));
  if (platform.name.startsWith("windows")) return bill;
  mkdirSync(join(folder, "completions"));
  for (const [file, script] of Object.entries(COMPLETIONS)) {
    writeFileSync(join(folder, "completions", file), `${script.trim()}\n`);
  }
  if (!platform.name.startsWith("linux")) return bill;
  for (const file of ["mail-proxy.service", "Dockerfile"]) cpSync(`${ROOT}docs/install/${file}`, join(folder, file));
  return bill;
}

function installerFor(url: string | undefined): string {
  const script = readFileSync(`${ROOT}docs/install/install.sh`, "utf8");
  const filled = script.replace(/^RELEASE_URL=""$/m, `RELEASE_URL="${url ?? ""}"`);
  if (url !== undefined && filled === script)
    throw new Error("install.sh no longer has the line that names the release");
  return filled;
}

function sumOf(path: string): string {
  return new CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
