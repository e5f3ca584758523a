/** Which packages are in a binary: told by the bundler, with what bun.lock and the packages themselves say of them. */
import { readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { ROOT } from "./root.ts";

export interface Package {
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  author: string;
  /** SHA-512 of the package as the registry has it, in hexadecimal. */
  sha512: string;
  /** The words of its licence; absent where it brings none. */
  words?: string;
}

/** As far as it is looked at. */
interface Manifest {
  name: string;
  version: string;
  license: string;
  author?: string | { name?: string };
}

type Locked = [spec: string, ...unknown[], integrity: string];

/** The store of all platforms' packages stands within the node_modules of this one. */
const NODE_MODULES = /^node_modules\/(?:\.platforms\/node_modules\/)?((?:.+\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//;

/** `inputs` are the bundled files; `extra` are folders of packages that are no input: bun itself. */
export function packagesOf(inputs: readonly string[], extra: readonly string[]): Package[] {
  const folders = new Set([...inputs, ...extra.map((folder) => `${folder}/`)].flatMap((path) => folderOf(path) ?? []));
  const locked = lockedPackages();
  const found = [...folders].map((folder) => describe(folder, locked));
  const unique = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Relative to the project; undefined for the project's own files. */
function folderOf(path: string): string | undefined {
  const within = path.slice(ROOT.length).replaceAll(sep, "/");
  return NODE_MODULES.exec(within)?.[0].slice(0, -1);
}

function describe(folder: string, locked: Record<string, Locked>): Package {
  const manifest: Manifest = JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, "utf8"));
  const { name, version, license, author } = manifest;
  const key = NODE_MODULES.exec(`${folder}/`)?.[1]?.replaceAll("/node_modules/", "/") ?? "";
  const [spec, integrity] = [locked[key]?.[0], String(locked[key]?.at(-1))];
  if (spec !== `${name}@${version}`) throw new Error(`${folder} is ${name}@${version}, bun.lock says ${spec}`);
  const words = licenceOf(folder);
  return {
    name,
    version,
    license: license.replace(/^BSD-0-Clause$/, "0BSD"), // the name that SPDX has for it
    author: (typeof author === "string" ? author : author?.name)?.replace(/ [<(].*/, "") ?? `the authors of ${name}`,
    sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
    ...(words === undefined ? {} : { words }),
  };
}

function licenceOf(folder: string): string | undefined {
  const files = readdirSync(`${ROOT}${folder}`).filter((file) => /^licen[cs]e(\.(md|txt|mit))?$/i.test(file));
  const [file] = files;
  return file === undefined ? undefined : readFileSync(`${ROOT}${folder}/${file}`, "utf8").trim();
}

function lockedPackages(): Record<string, Locked> {
  const lock = Bun.JSONC.parse(readFileSync(`${ROOT}bun.lock`, "utf8")) as { packages: Record<string, Locked> };
  return lock.packages;
}
