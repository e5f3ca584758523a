/**
 * Makes the binary of one platform: the bundle of src/cli/main.ts behind bun's executable, with two replacements: the
 * sockets, and libSQL's way to its addon. Two builds of one commit are the same to the byte, in whichever folders.
 */
import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { BunPlugin } from "bun";
import { cloudflareSockets } from "../../src/runtimes/bun-plugin.ts";
import type { Platform } from "./platforms.ts";
import { commit, ROOT } from "./root.ts";

/** A thread of its own each: they are built side by side, as the second is looked for beside the first. */
export const MAIN = `${ROOT}src/cli/main.ts`;
export const THREAD = `${ROOT}src/runtimes/database-thread.ts`;

/** Stands for the addon in what is bundled, since the real path is another one in every folder. */
const ADDON = "libsql-addon";

export const COMMON = {
  define: {
    BUILD_COMMIT: JSON.stringify(commit()),
    // The same goes for the folders of packages, which nothing looks for at run time.
    __dirname: '"/"',
    __filename: '"/"',
  },
  // Names stay, so that a stack trace can be read; the source map gives it the lines.
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: "linked",
  format: "esm",
  root: ROOT,
} as const;

/** Makes libSQL load the addon by a name that the bundler sees, and therefore embeds. */
function embedLibsql(path: string): BunPlugin {
  return {
    name: "embed-libsql",
    setup(build) {
      build.onLoad({ filter: /[\\/]libsql[\\/]index\.js$/ }, (file) => {
        const source = readFileSync(file.path, "utf8");
        // Everything before the addon's functions are taken out of it only looks for the platform at run time.
        const contents = source.replace(
          /^[\s\S]*?(const \{\s+databaseOpen,[^}]*\} = )requireNative\(\);/,
          (_, names) => `"use strict";\n${names}require("${ADDON}");`,
        );
        if (contents === source) throw new Error(`${file.path} no longer loads its addon the way this build knows`);
        return { contents, loader: "js" };
      });
      build.onResolve({ filter: new RegExp(`^${ADDON}$`) }, () => ({ path }));
    },
  };
}

/**
 * Writes `outfile` and answers the files that went into it. `packages` is the node_modules that has the platform's addon;
 * `executable` is its bun, where it is not the one that runs this.
 */
export async function compile(
  platform: Platform,
  packages: string,
  outfile: string,
  executable?: string,
): Promise<string[]> {
  const { outputs, metafile } = await Bun.build({
    ...COMMON,
    entrypoints: [MAIN, THREAD],
    plugins: [cloudflareSockets, embedLibsql(`${packages}${platform.addon}/index.node`)],
    naming: { entry: "[name].[ext]" },
    metafile: true,
    bytecode: true,
    compile: {
      target: platform.target,
      ...(executable === undefined ? {} : { executablePath: executable }),
      outfile,
      // Started in somebody's project folder, the binary must not take its settings from what lies there.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  for (const { path } of outputs) if (path.endsWith(".map")) rmSync(path, { force: true });
  return Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path));
}
