/**
 * Builds the program: `bun .ci/build.ts` the binary for this machine as dist/mail-proxy, `--all` the one of every platform
 * with SHA256SUMS, `--node` the files in dist/node that Node and Deno run; `--out FOLDER` into another folder.
 *
 * 1. find the platform's bun executable and libSQL addon, both of the versions in bun.lock
 * 2. bundle src/cli/main.ts with two replacements: the sockets, and libSQL's way to its addon
 * 3. append the bundle to the executable
 *
 * For Node and Deno the bundle is the program, and libSQL's driver stays outside, in a node_modules above it.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BunPlugin, CryptoHasher, spawnSync } from "bun";
import manifest from "../package.json" with { type: "json" };
import { cloudflareSockets } from "../src/runtimes/bun-plugin.ts";

interface Platform {
  /** Name in the file name of a release. */
  name: string;
  target: Bun.Build.CompileTarget;
  /** npm packages that hold bun and libSQL's addon for this platform. */
  bun: string;
  addon: string;
}

const PLATFORMS: Platform[] = [
  { name: "linux-x64", target: "bun-linux-x64", bun: "linux-x64", addon: "linux-x64-gnu" },
  { name: "linux-arm64", target: "bun-linux-arm64", bun: "linux-aarch64", addon: "linux-arm64-gnu" },
  { name: "darwin-x64", target: "bun-darwin-x64", bun: "darwin-x64", addon: "darwin-x64" },
  { name: "darwin-arm64", target: "bun-darwin-arm64", bun: "darwin-aarch64", addon: "darwin-arm64" },
  { name: "windows-x64", target: "bun-windows-x64", bun: "windows-x64", addon: "win32-x64-msvc" },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: wanted } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    node: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const dist = `${resolve(wanted.out ?? `${root}dist${wanted.node ? "/node" : ""}`)}/`;

/** A thread of its own each: they are built side by side, as the second is looked for beside the first. */
const MAIN = `${root}src/cli/main.ts`;
const THREAD = `${root}src/runtimes/database-thread.ts`;

/** Makes libSQL load the addon of `packages` by a path that the bundler sees, and therefore embeds. */
function embedLibsql(addon: string, packages: string): BunPlugin {
  const path = `${packages}@libsql/${addon}/index.node`;
  return {
    name: "embed-libsql",
    setup(build) {
      build.onLoad({ filter: /[\\/]libsql[\\/]index\.js$/ }, (file) => {
        const source = readFileSync(file.path, "utf8");
        // Everything before the addon's functions are taken out of it only looks for the platform at run time.
        const contents = source.replace(
          /^[\s\S]*?(const \{\s+databaseOpen,[^}]*\} = )requireNative\(\);/,
          (_, names) => {
            return `"use strict";\n${names}require(${JSON.stringify(path)});`;
          },
        );
        if (contents === source) throw new Error(`${file.path} no longer loads its addon the way this build knows`);
        return { contents, loader: "js" };
      });
    },
  };
}

/** Installs what bun.lock holds for all platforms beside what node_modules holds for this machine. */
function installAllPlatforms(): string {
  const folder = `${root}node_modules/.platforms/`;
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "bun.lock"]) copyFileSync(root + name, folder + name);
  const systems = ["--os=linux", "--os=darwin", "--os=win32", "--cpu=x64", "--cpu=arm64"];
  run([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--cwd", folder, ...systems]);
  return `${folder}node_modules/`;
}

function run(command: string[]): void {
  const { exitCode } = spawnSync(command, { stdio: ["ignore", "inherit", "inherit"] });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
}

/** The commit that is built, with a mark when the working tree differs from it; empty outside a clone. */
function commit(): string {
  if (!existsSync(`${root}.git`) || Bun.which("git") === null) return "";
  const { stdout, exitCode } = spawnSync(["git", "describe", "--always", "--dirty", "--exclude=*"], { cwd: root });
  return exitCode === 0 ? stdout.toString().trim() : "";
}

const COMMON = {
  define: { BUILD_COMMIT: JSON.stringify(commit()) },
  // Names stay, so that a stack trace can be read; the source map gives it the lines.
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: "linked",
  format: "esm",
} as const;

async function compile(platform: Platform, packages: string, outfile: string, executablePath?: string): Promise<void> {
  const { outputs } = await Bun.build({
    ...COMMON,
    entrypoints: [MAIN, THREAD],
    plugins: [cloudflareSockets, embedLibsql(platform.addon, packages)],
    naming: { entry: "[name].[ext]" },
    bytecode: true,
    compile: {
      target: platform.target,
      ...(executablePath === undefined ? {} : { executablePath }),
      outfile,
      // Started in somebody's project folder, the binary must not take its settings from what lies there.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  for (const { path } of outputs) if (path.endsWith(".map")) rmSync(path, { force: true });
  console.log(`${relative(root, outfile)} (${(Bun.file(outfile).size / 1e6).toFixed(0)} MB)`);
}

async function buildHere(): Promise<void> {
  const platform = PLATFORMS.find(({ addon }) => addon.startsWith(`${process.platform}-${process.arch}`));
  if (platform === undefined) throw new Error(`no build for ${process.platform} on ${process.arch}`);
  await compile(platform, `${root}node_modules/`, `${dist}mail-proxy${process.platform === "win32" ? ".exe" : ""}`);
}

async function buildAll(): Promise<void> {
  const packages = installAllPlatforms();
  const sums: string[] = [];
  for (const platform of PLATFORMS) {
    const extension = platform.name.startsWith("windows") ? ".exe" : "";
    const name = `mail-proxy-${platform.name}${extension}`;
    await compile(platform, packages, dist + name, `${packages}@oven/bun-${platform.bun}/bin/bun${extension}`);
    sums.push(`${new CryptoHasher("sha256").update(readFileSync(dist + name)).digest("hex")}  ${name}\n`);
  }
  writeFileSync(`${dist}SHA256SUMS`, sums.join(""));
  console.log("dist/SHA256SUMS");
}

/** Two files, and what makes their folder one in which `npm install` or `deno install` brings the driver. */
async function buildForNode(): Promise<void> {
  await bundle(MAIN, "mail-proxy.mjs");
  await bundle(THREAD, "database-thread.mjs");
  const { name, version, license, type, engines, dependencies } = manifest;
  const folder = {
    name,
    version,
    license,
    private: true,
    type,
    engines,
    dependencies: { libsql: dependencies.libsql },
  };
  writeFileSync(`${dist}package.json`, `${JSON.stringify(folder, null, 2)}\n`);
}

async function bundle(entrypoint: string, name: string): Promise<void> {
  await Bun.build({
    ...COMMON,
    entrypoints: [entrypoint],
    outdir: dist,
    naming: { entry: name },
    target: "node",
    plugins: [cloudflareSockets],
    external: ["libsql"],
    banner: "#!/usr/bin/env node",
  });
  console.log(`${relative(root, dist + name)} (${(Bun.file(dist + name).size / 1e6).toFixed(1)} MB)`);
}

mkdirSync(dist, { recursive: true });
if (wanted.node) await buildForNode();
else await (wanted.all ? buildAll() : buildHere());
