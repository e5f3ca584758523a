/**
 * Builds the program: `bun .ci/build.ts` the binary for this machine as dist/mail-proxy, `--all` the archives of a release
 * with SHA256SUMS (`--platform NAME` only those of some, `--url URL` for where they will be), `--node` the files in dist/node
 * that Node and Deno run; `--out FOLDER` into another folder.
 *
 * For Node and Deno the bundle is the program, and libSQL's driver stays outside, in a node_modules above it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { cloudflareSockets } from "../src/runtimes/bun-plugin.ts";
import { COMMON, compile, MAIN, THREAD } from "./release/compile.ts";
import { PLATFORMS, platformHere, programName } from "./release/platforms.ts";
import { release } from "./release/release.ts";
import { ROOT } from "./release/root.ts";

const { values: wanted } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    platform: { type: "string", multiple: true, default: PLATFORMS.map(({ name }) => name) },
    url: { type: "string" },
    node: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const dist = `${resolve(wanted.out ?? `${ROOT}dist${wanted.node ? "/node" : ""}`)}/`;

async function buildHere(): Promise<void> {
  const platform = platformHere();
  const outfile = dist + programName(platform);
  await compile(platform, `${ROOT}node_modules/`, outfile);
  console.log(`${relative(ROOT, outfile)} (${(Bun.file(outfile).size / 1e6).toFixed(0)} MB)`);
}

async function buildAll(): Promise<void> {
  const unknown = wanted.platform.filter((name) => !PLATFORMS.some((platform) => platform.name === name));
  if (unknown.length > 0) throw new Error(`no such platform: ${unknown.join(", ")}`);
  await release(
    PLATFORMS.filter(({ name }) => wanted.platform.includes(name)),
    dist,
    wanted.url,
  );
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
  console.log(`${relative(ROOT, dist + name)} (${(Bun.file(dist + name).size / 1e6).toFixed(1)} MB)`);
}

mkdirSync(dist, { recursive: true });
if (wanted.node) await buildForNode();
else await (wanted.all ? buildAll() : buildHere());
