/**
 * Builds the typed client: `bun .ci/build-client.ts` into dist/client, `--out FOLDER` into another folder.
 *
 * 1. src/client becomes one module without dependencies
 * 2. its declarations are written, and in place of the schemas' types stand those of client-types.ts
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { spawnSync } from "bun";
import manifest from "../package.json" with { type: "json" };
import { openApi } from "../src/api/openapi/document.ts";
import { clientTypes } from "./client-types.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: wanted } = parseArgs({ options: { out: { type: "string" } } });
const dist = resolve(wanted.out ?? join(root, "dist/client"));

async function bundle(): Promise<void> {
  await Bun.build({
    entrypoints: [join(root, "src/client/index.ts")],
    outdir: dist,
    naming: { entry: "index.js" },
    target: "browser", // which is what all runtimes have in common
    format: "esm",
  });
}

function declare(): void {
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-client-"));
  try {
    const tsc = join(root, "node_modules/.bin/tsc");
    const { exitCode } = spawnSync([tsc, "-p", join(root, ".ci/tsconfig.client.json"), "--outDir", folder], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (exitCode !== 0) throw new Error(`tsc ended with ${exitCode}`);
    for (const name of readdirSync(join(folder, "client"))) {
      const text = readFileSync(join(folder, "client", name), "utf8");
      writeFileSync(join(dist, name), text.replace(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const names = [...readFileSync(join(root, "src/client/types.ts"), "utf8").matchAll(/^export type (\w+)/gm)];
  const types = clientTypes(
    openApi(manifest.version),
    names.map(([, name = ""]) => name),
  );
  writeFileSync(join(dist, "types.d.ts"), types);
}

/** The folder is a package of its own: who installs it has the client, and nothing of the proxy. */
function describe(): void {
  const { name, version, license, type, engines } = manifest;
  const exports = { "./client": { types: "./index.d.ts", default: "./index.js" } };
  writeFileSync(
    join(dist, "package.json"),
    `${JSON.stringify({ name, version, license, type, engines, exports }, null, 2)}\n`,
  );
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await bundle();
declare();
describe();
copyFileSync(join(root, "LICENSE"), join(dist, "LICENSE"));
console.log(`${dist} (${(Bun.file(join(dist, "index.js")).size / 1024).toFixed(1)} KiB)`);
