/** What runs the program elsewhere: the unit for systemd, the image's recipe, and what both lean on. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SETTINGS } from "../../src/config.ts";
import { serveWith } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";

const UNIT = readFileSync("docs/install/mail-proxy.service", "utf8");
const DOCKERFILE = readFileSync("docs/install/Dockerfile", "utf8");

/** As systemd has it: of 10, where 10 is a service that may do anything. */
const EXPOSURE = 1.5;

function directive(name: string): string {
  const found = new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1];
  if (found === undefined) throw new Error(`the unit has no ${name}`);
  return found;
}

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function command(words: string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((done) => {
    execFile(binaryUnderTest(), words, { env: { PATH: process.env.PATH ?? "", ...env } }, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("systemd takes the unit, and finds little that a break-in could reach", ({ skip }) => {
  const version = spawnSync("systemd-analyze", ["--version"]).stdout?.toString() ?? "";
  if (Number(/systemd (\d+)/.exec(version)?.[1] ?? 0) < 250)
    return skip("systemd-analyze 250 or later is not installed");
  const folder = temporaryFolder();
  const unit = join(folder, "mail-proxy.service");
  writeFileSync(unit, UNIT.replaceAll("/usr/local/bin/mail-proxy", "/bin/true"));
  const verified = spawnSync("systemd-analyze", ["verify", unit]);
  expect([verified.status, verified.stderr.toString()]).toEqual([0, ""]);
  const security = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit]).stdout.toString();
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(security)?.[1])).toBeLessThanOrEqual(EXPOSURE);
});

test("systemd waits longer for the end than the program does", () => {
  const shutdownSeconds = SETTINGS.shutdownSeconds.fallback;
  expect(Number(directive("TimeoutStopSec"))).toBeGreaterThan(shutdownSeconds + 5);
});

test("what the image's recipe copies is in the archive of a release, and its check and its command exist", async () => {
  const copied = [...DOCKERFILE.matchAll(/^COPY (?:--\S+ )*(.*) \S+$/gm)].flatMap(([, files]) => files!.split(" "));
  const inArchive = ["mail-proxy", "LICENSE", "THIRD-PARTY-NOTICES.txt", "README.md", "CHANGELOG.md"];
  expect(inArchive).toEqual(expect.arrayContaining(copied));
  const words = [...DOCKERFILE.matchAll(/^(?:HEALTHCHECK .*)?CMD (\[.*\])$/gm)].map(([, list]) => JSON.parse(list!));
  for (const list of words) {
    const [name] = list.filter((word: string) => !word.startsWith("/"));
    expect(await command([name, "--help"], { HOME: temporaryFolder() })).toMatchObject({ status: 0 });
  }
  expect(words).toHaveLength(2);
});

test("`health` waits until the server answers, and tells when it does not", { timeout: 60_000 }, async () => {
  const home = temporaryFolder();
  const env = { MAIL_PROXY_HOME: home, HOME: home, MAIL_PROXY_PORT: "1" };
  expect(await command(["health"], env)).toMatchObject({ status: 1, stdout: "" });
  const server = serveWith([binaryUnderTest()], home, {});
  try {
    // It finds the port that the server took, which is not the one of the environment.
    expect(await command(["health", "--ready", "--wait", "40"], env)).toMatchObject({ status: 0, stderr: "" });
    expect(await command(["health"], env)).toEqual({
      status: 0,
      stdout: `${await server.ready} is well\n`,
      stderr: "",
    });
    expect(await command(["health", "--wait", "soon"], env)).toMatchObject({ status: 2 });
  } finally {
    await server.stop();
  }
  expect((await command(["health"], env)).status).toBe(1);
});

test("key and token come from the unit's credentials, and stand nowhere else", { timeout: 60_000 }, async () => {
  const home = temporaryFolder();
  const credentials = join(home, "credentials");
  mkdirSync(credentials);
  writeFileSync(join(credentials, "encryption_key"), `${"33".repeat(32)}\n`);
  writeFileSync(join(credentials, "api_token"), "token-of-the-unit\n");
  const env = { CREDENTIALS_DIRECTORY: credentials, MAIL_PROXY_HOME: home, HOME: home };
  const { status, stdout } = await command(["config", "--json"], env);
  expect(status).toBe(0);
  expect(stdout).toContain(join(credentials, "encryption_key"));
  expect(stdout).toContain(join(credentials, "api_token"));
  expect(stdout).not.toContain("token-of-the-unit");
  expect(stdout).not.toContain("33333");
});

test("`version --json` tells version, commit, runtime and platform", async () => {
  const { stdout } = await command(["version", "--json"], { HOME: temporaryFolder() });
  const told = JSON.parse(stdout);
  if (told.commit !== null) expect(told.commit).toMatch(/^[0-9a-f]{7,40}(-dirty)?$/); // null where git knows of none
  expect(told).toEqual({
    commit: told.commit,
    version: JSON.parse(readFileSync("package.json", "utf8")).version,
    runtime: expect.stringMatching(/^bun \d+\.\d+\.\d+$/),
    platform: `${process.platform}-${process.arch}`,
  });
});
