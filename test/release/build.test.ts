/** What `npm run build:all` makes, for this platform: complete, the same twice, and honest about what is in it. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { BILL } from "./bill-schema.ts";

/** All that a build reads. */
const SOURCES = ["package.json", "bun.lock", "bunfig.toml", "tsconfig.json", ".ci", "src", "drizzle"];
const BESIDE = ["LICENSE", "README.md", "CHANGELOG.md", "docs/install"];
const PLATFORM = `${process.platform}-${process.arch}`;
const NAME = `mail-proxy-${manifest.version}-${PLATFORM}`;
const URL_OF_RELEASE = "https://downloads.example.com/mail-proxy";

/** Archives are packed by GNU tar, so releases are made on Linux. */
const unavailable = process.platform === "linux" ? undefined : "it is made on Linux";
const skipped = unavailable === undefined ? "" : `: ${unavailable}`;

interface Component {
  group?: string;
  name: string;
  version: string;
  purl: string;
  "bom-ref": string;
  hashes: [{ content: string }];
}

/** Builds a release in a folder of its own, out of copies of everything, and answers where it is. */
async function releaseIn(folder: string): Promise<string> {
  for (const path of [...SOURCES, ...BESIDE]) cpSync(path, join(folder, path), { recursive: true });
  execFileSync("cp", ["-al", "node_modules", join(folder, "node_modules")]);
  rmSync(join(folder, "node_modules/.platforms"), { recursive: true, force: true });
  const out = join(folder, "out");
  const wanted = ["--all", "--platform", PLATFORM, "--url", URL_OF_RELEASE, "--out", out];
  await promisify(execFile)("node_modules/.bin/bun", [".ci/build.ts", ...wanted], { cwd: folder });
  return out;
}

const read = (...path: string[]) => readFileSync(join(...path), "utf8");
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe.skipIf(unavailable !== undefined)(`a release${skipped}`, () => {
  let one = "";
  let other = "";
  /** The unpacked archive. */
  let unpacked = "";

  beforeAll(async () => {
    mkdirSync("dist", { recursive: true });
    // On the disk of the packages, which are linked, not copied.
    const folder = resolve(mkdtempSync("dist/release-test-"));
    const places = [join(folder, "a"), join(folder, "another/and/deeper")];
    for (const place of places) mkdirSync(place, { recursive: true });
    [one = "", other = ""] = await Promise.all(places.map(releaseIn));
    execFileSync("tar", ["-xzf", join(one, `${NAME}.tar.gz`), "-C", folder]);
    unpacked = join(folder, NAME);
    return () => rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  test("built twice, in two folders, is the same to the byte", () => {
    const files = readdirSync(one).sort();
    expect(files).toEqual(["SHA256SUMS", "install.sh", "mail-proxy.rb", `${NAME}.cdx.json`, `${NAME}.tar.gz`].sort());
    for (const file of files) expect([file, sha256(join(one, file))]).toEqual([file, sha256(join(other, file))]);
  });

  test("SHA256SUMS has the sum of every file", () => {
    const sums = read(one, "SHA256SUMS").trim().split("\n").sort();
    const files = readdirSync(one).filter((file) => file !== "SHA256SUMS");
    expect(sums).toEqual(files.map((file) => `${sha256(join(one, file))}  ${file}`).sort());
  });

  test("an archive has the program, its licence, its notices, what completes it and what runs it as a service", () => {
    const files = readdirSync(unpacked, { recursive: true, encoding: "utf8" }).sort();
    const expected = ["CHANGELOG.md", "Dockerfile", "LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt", "completions"];
    const scripts = ["_mail-proxy", "mail-proxy.bash", "mail-proxy.fish"].map((name) => `completions/${name}`);
    expect(files).toEqual([...expected, ...scripts, "mail-proxy", "mail-proxy.service", "sbom.cdx.json"].sort());
    const program = execFileSync(join(unpacked, "mail-proxy"), ["version", "--json"], { env: { HOME: unpacked } });
    expect(JSON.parse(program.toString())).toMatchObject({ version: manifest.version, platform: PLATFORM });
  });

  test("nothing of the folder that it was built in stands in the program", () => {
    expect(readFileSync(join(unpacked, "mail-proxy")).includes(join(one, ".."))).toBe(false);
  });

  test("its bill of materials is CycloneDX, and lists what is embedded and nothing else", () => {
    const bill: { components: Component[]; dependencies: { dependsOn: string[] }[] } = JSON.parse(
      read(unpacked, "sbom.cdx.json"),
    );
    const ajv = new Ajv();
    expect(ajv.validate(BILL, bill), ajv.errorsText()).toBe(true);
    expect(read(one, `${NAME}.cdx.json`)).toBe(read(unpacked, "sbom.cdx.json"));
    const refs = bill.components.map((component) => component["bom-ref"]);
    expect(new Set(refs).size).toBe(refs.length);
    expect(bill.dependencies[0]?.dependsOn).toEqual(refs);

    const names = bill.components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
    const { dependencies, devDependencies } = manifest;
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names.filter((name) => name.startsWith("@oven/"))).toHaveLength(1);
    expect(names.filter((name) => /^@libsql\/(linux|darwin|win32)/.test(name))).toHaveLength(1);
    // nodemailer is for tests, and smtp-server uses it as well.
    const tools = Object.keys(devDependencies).filter((name) => name !== "nodemailer");
    expect(names.filter((name) => tools.includes(name))).toEqual([]);
  });

  test("the bill's hashes are those of bun.lock", () => {
    const bill: { components: Component[] } = JSON.parse(read(unpacked, "sbom.cdx.json"));
    const lock = read("bun.lock");
    for (const { purl, hashes } of bill.components) {
      const spec = decodeURIComponent(purl.replace("pkg:npm/", ""));
      const integrity = `sha512-${Buffer.from(hashes[0].content, "hex").toString("base64")}`;
      expect(lock, spec).toMatch(
        new RegExp(`\\["${spec.replaceAll(".", "\\.")}".*"${integrity.replace(/[+/]/g, "\\$&")}"`),
      );
    }
  });

  test("the notices have the words of every package's licence", () => {
    const bill: { components: Component[] } = JSON.parse(read(unpacked, "sbom.cdx.json"));
    const notices = read(unpacked, "THIRD-PARTY-NOTICES.txt")
      .split(`\n${"=".repeat(100)}\n`)
      .slice(1);
    const specs = bill.components.map(({ purl }) => decodeURIComponent(purl.replace("pkg:npm/", "")));
    expect(notices.map((notice) => notice.split(" ", 2).join("@")).sort()).toEqual(specs.sort());
    for (const notice of notices) expect(notice).toMatch(/permission|licen[cs]ed? |public domain/i);
  });

  test("installer and formula know where the release is, and the formula its sum", () => {
    expect(read(one, "install.sh")).toContain(`\nRELEASE_URL="${URL_OF_RELEASE}"\n`);
    const formula = read(one, "mail-proxy.rb");
    expect(formula).toContain(
      `url "${URL_OF_RELEASE}/${NAME}.tar.gz"\n      sha256 "${sha256(join(one, `${NAME}.tar.gz`))}"`,
    );
  });
});
