/** The import law of src/README.md: imports point downwards only, and a runtime is named only where it may be. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/** From the top down; folders on one line do not know each other. */
const LAYERS: string[][] = [
  ["runtimes", "cli"],
  ["app.ts"],
  ["core.ts"],
  ["dashboard"],
  ["client"],
  ["api", "dispatch", "ingress", "sandbox"],
  ["queue", "attachments", "smtp", "mime", "reports", "bounces", "tenancy"],
  ["db", "security", "addresses"],
  ["config.ts", "ports.ts", "errors.ts", "url.ts", "logs"],
  ["settings"],
];
/** What the layers alone would forbid, each with its reason. */
const ALLOWED = new Set([
  // The binary's entry starts a runtime; no runtime knows the command line.
  "cli -> runtimes",
]);
const RUNTIME_ROOMS = ["runtimes", "cli", "ingress", "sandbox"];
const RUNTIME_NAME =
  /from "(node:|bun["/]|cloudflare:)|\b(Bun|Deno)\.|\bprocess\.(env|exit|argv|platform|on|pid|memoryUsage|cwd|stdout)\b/;

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
const room = (file: string) => file.split("/")[0]!;
const layer = (name: string) => LAYERS.findIndex((rooms) => rooms.includes(name));
/** Without comments: a runtime may be spoken of anywhere. */
const source = (file: string) =>
  readFileSync(join("src", file), "utf8").replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");

function imports(file: string): string[] {
  return [...source(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)]
    .map(([, path]) => relative("src", join(dirname(join("src", file)), path!)))
    .filter((path) => !path.startsWith(".."));
}

test("every folder of src has its place in the law", () => {
  expect(files.map(room).filter((name) => layer(name) === -1)).toEqual([]);
});

test("imports point downwards only", () => {
  const upwards = files.flatMap((file) =>
    imports(file)
      .filter((target) => room(target) !== room(file) && layer(room(target)) <= layer(room(file)))
      .filter((target) => !ALLOWED.has(`${room(file)} -> ${room(target)}`))
      .map((target) => `${file} -> ${target}`),
  );
  expect(upwards).toEqual([]);
});

test("a runtime is named only in the rooms that may", () => {
  const outside = files.filter((file) => !RUNTIME_ROOMS.includes(room(file)));
  expect(outside.filter((file) => RUNTIME_NAME.test(source(file)))).toEqual([]);
});

test("no two files import each other in a circle", () => {
  const open: string[] = [];
  const done = new Set<string>();
  const circle = (file: string): string[] | undefined => {
    if (open.includes(file)) return [...open.slice(open.indexOf(file)), file];
    if (done.has(file)) return undefined;
    open.push(file);
    const found = imports(file)
      .filter((target) => files.includes(target))
      .map(circle)
      .find((path) => path !== undefined);
    open.pop();
    done.add(file);
    return found;
  };
  expect(files.map(circle).filter((path) => path !== undefined)).toEqual([]);
});

test("whether a text is a URL is asked of url.ts, which does not lean on what Node 20 gets wrong", () => {
  expect(files.filter((file) => source(file).includes("canParse"))).toEqual([]);
});

test("JSON for SQLite is written by db/database.ts, which knows what SQLite cannot take", () => {
  const rooms = ["queue", "tenancy"];
  expect(files.filter((file) => rooms.includes(room(file)) && source(file).includes("JSON.stringify"))).toEqual([]);
});
