/** docs/install/install.sh, run against a release on a real HTTP server: installs what is whole, and nothing else. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { listen } from "../support/listen.ts";

const INSTALLER = resolve("docs/install/install.sh");
const KIND = `${process.platform}-${process.arch}`;
const NAME = `mail-proxy-9.9.9-${KIND}`;
const unavailable = process.platform === "win32" ? "it is for Linux and macOS" : undefined;
const skipped = unavailable === undefined ? "" : `: ${unavailable}`;
/** What it cannot do without, beside one that fetches. */
const TOOLS = [
  "sh",
  "uname",
  "ldd",
  "grep",
  "sed",
  "cut",
  "wc",
  "tar",
  "gzip",
  "mkdir",
  "mktemp",
  "cp",
  "chmod",
  "mv",
  "rm",
];

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The files of a release whose program says its version, and where they are served. */
async function release(): Promise<{ folder: string; url: string }> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, NAME));
  writeFileSync(join(folder, NAME, "mail-proxy"), "#!/bin/sh\necho mail-proxy 9.9.9\n", { mode: 0o755 });
  execFileSync("tar", ["-czf", `${NAME}.tar.gz`, NAME], { cwd: folder });
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, `${NAME}.tar.gz`)))
    .digest("hex");
  writeFileSync(
    join(folder, "SHA256SUMS"),
    `${"0".repeat(64)}  mail-proxy-9.9.9-other-x64.tar.gz\n${sum}  ${NAME}.tar.gz\n`,
  );
  const url = await listen(async (request) => {
    const path = join(folder, new URL(request.url).pathname);
    return existsSync(path) ? new Response(readFileSync(path)) : new Response(null, { status: 404 });
  });
  return { folder, url };
}

/** `path` is where its programs are looked for. */
function install(url: string, to: string, path = process.env.PATH ?? ""): Promise<Ended> {
  const env = { PATH: path, HOME: temporaryFolder(), ...(url === "" ? {} : { MAIL_PROXY_BASE_URL: url }) };
  return new Promise((done) => {
    execFile("/bin/sh", [INSTALLER, "--to", to], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

/** A PATH with these programs and no others; undefined where this machine lacks one. */
function pathWith(...programs: string[]): string | undefined {
  const folder = temporaryFolder();
  for (const program of [...TOOLS, ...programs]) {
    const found = spawnSync("/bin/sh", ["-c", `command -v ${program}`])
      .stdout.toString()
      .trim();
    if (!found.startsWith("/")) return undefined;
    symlinkSync(found, join(folder, program));
  }
  return folder;
}

describe.skipIf(unavailable !== undefined)(`the installer${skipped}`, () => {
  test("installs the program of this platform, and says where PATH does not have it", async () => {
    const { url } = await release();
    const to = join(temporaryFolder(), "not/there yet");
    expect(await install(url, to)).toEqual({
      code: 0,
      stdout: `mail-proxy 9.9.9 is installed in ${to}\n${to} is not in PATH: add it, or call ${to}/mail-proxy\n`,
      stderr: "",
    });
    expect(statSync(join(to, "mail-proxy")).mode & 0o777).toBe(0o755);
    expect(readdirSync(to)).toEqual(["mail-proxy"]);
  });

  test.for([
    ["curl", "sha256sum"],
    ["wget", "sha256sum"],
    ["curl", "shasum"],
    ["wget", "openssl"],
  ])("needs no more than %s and %s", async ([fetches = "", sums = ""], { skip }) => {
    const path = pathWith(fetches, sums);
    if (path === undefined) return skip(`${fetches} or ${sums} is not on this machine`);
    const { url } = await release();
    const to = temporaryFolder();
    expect(await install(url, to, path)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(to)).toEqual(["mail-proxy"]);
  });

  test("takes the place of an older program, also of one that runs", async () => {
    const { url } = await release();
    const to = temporaryFolder();
    const program = join(to, "mail-proxy");
    writeFileSync(program, readFileSync("/bin/sleep"));
    chmodSync(program, 0o755);
    const running = execFile(program, ["60"]);
    onTestFinished(() => void running.kill());
    expect(await install(url, to)).toMatchObject({ code: 0 });
    expect(execFileSync(program).toString()).toBe("mail-proxy 9.9.9\n");
    expect(running.exitCode).toBeNull();
  });

  test("installs nothing that is not what SHA256SUMS says, and leaves what was there", async () => {
    const { folder, url } = await release();
    const archive = join(folder, `${NAME}.tar.gz`);
    const bytes = readFileSync(archive);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(archive, bytes);
    const to = temporaryFolder();
    writeFileSync(join(to, "mail-proxy"), "older");
    const ended = await install(url, to);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${NAME}.tar.gz is not what SHA256SUMS says, nothing is installed`);
    expect(readFileSync(join(to, "mail-proxy"), "utf8")).toBe("older");
    expect(readdirSync(to)).toEqual(["mail-proxy"]);
  });

  test.each([
    ["the archive", (folder: string) => execFileSync("rm", [join(folder, `${NAME}.tar.gz`)]), "cannot fetch"],
    ["SHA256SUMS", (folder: string) => execFileSync("rm", [join(folder, "SHA256SUMS")]), "cannot fetch"],
    ["this platform", (folder: string) => writeFileSync(join(folder, "SHA256SUMS"), ""), `has nothing for ${KIND}`],
  ])("says what a release lacks: %s", async (_, spoil, words) => {
    const { folder, url } = await release();
    spoil(folder);
    const to = join(temporaryFolder(), "to");
    const ended = await install(url, to);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(words);
    expect(existsSync(to)).toBe(false);
  });

  test("a name out of SHA256SUMS leads nowhere but into the release", async () => {
    const { folder, url } = await release();
    writeFileSync(join(folder, "SHA256SUMS"), `${"0".repeat(64)}  mail-proxy-/../../../x-${KIND}.tar.gz\n`);
    expect((await install(url, temporaryFolder())).stderr).toContain(`has nothing for ${KIND}`);
  });

  test("asks where the release is, where it was not published with one", async () => {
    expect(await install("", temporaryFolder())).toEqual({
      code: 1,
      stdout: "",
      stderr: "install.sh: MAIL_PROXY_BASE_URL is to say where the release is\n",
    });
  });

  test("does nothing if it came in half itself", async () => {
    const { url } = await release();
    const script = readFileSync(INSTALLER, "utf8");
    const home = temporaryFolder();
    const env = { PATH: process.env.PATH ?? "", HOME: home, MAIL_PROXY_BASE_URL: url };
    for (const part of [0.3, 0.6, 0.9, 0.99]) {
      spawnSync("/bin/sh", { input: script.slice(0, Math.floor(script.length * part)), env });
    }
    expect(readdirSync(home)).toEqual([]);
  });
});

const shellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

test.skipIf(!shellcheck)(`shellcheck finds nothing${shellcheck ? "" : ": it is not installed"}`, () => {
  expect(spawnSync("shellcheck", [INSTALLER]).stdout.toString()).toBe("");
});
