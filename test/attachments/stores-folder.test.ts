/** The guards of a folder as a store: nothing outside of it is read, written or deleted, whatever lies in it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/attachments/stores/index.ts";
import { openFolder } from "../../src/runtimes/folder.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { temporaryFolder } from "../support/database.ts";

const signal = new AbortController().signal;
const refused = { name: "AttachmentError", permanent: true };
const NEW = { bytes: new TextEncoder().encode("new"), mimeType: "text/plain", filename: "x" };

/** A folder with a neighbour that must not be touched, and whose name begins as its own does. */
function folderWithNeighbour() {
  const parent = temporaryFolder();
  const [folder, outside] = [join(parent, "files"), join(parent, "files-private")];
  for (const path of [folder, outside]) mkdirSync(path);
  writeFileSync(join(outside, "secret.txt"), "secret");
  const surroundings = { http: createHttpClient(), folder: openFolder, now: Date.now };
  return { folder, outside, store: openStore({ url: pathToFileURL(folder).href, publicOnly: false }, surroundings) };
}

test("links that lead out are followed by nobody: not to a file, not through a folder", async () => {
  const { folder, outside, store } = folderWithNeighbour();
  symlinkSync(join(outside, "secret.txt"), join(folder, "link.txt"));
  symlinkSync(outside, join(folder, "dir"));
  symlinkSync(join(outside, "later"), join(folder, "dangling"));
  for (const path of ["link.txt", "dir/secret.txt"])
    await expect(store.get(path, signal)).rejects.toMatchObject(refused);
  for (const path of ["dir/new.txt", "dir/deep/new.txt"])
    await expect(store.put(path, NEW, signal)).rejects.toMatchObject(refused);
  await expect(store.put("dangling/new.txt", NEW, signal)).rejects.toThrow();
  await store.delete("dir/secret.txt", signal);
  await store.put("link.txt", NEW, signal); // takes the link's place
  await store.delete("link.txt", signal);
  expect(readdirSync(outside)).toEqual(["secret.txt"]);
  expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe("secret");
});

/** Lets a folder and a link change places, over and over. */
const SWAPPING = `
  const { renameSync } = require("node:fs");
  process.chdir(process.argv[1]);
  console.log("begun");
  for (;;) for (const [from, to] of [["dir", "old"], ["link", "dir"], ["dir", "link"], ["old", "dir"]]) renameSync(from, to);`;

// Elsewhere no system call tells where an opened file stands, and the second look is one that can be raced as well.
const onLinux = test.skipIf(process.platform !== "linux");

onLinux("a folder that becomes a link out at any moment lets nobody out", { timeout: 30_000 }, async () => {
  const { folder, outside, store } = folderWithNeighbour();
  mkdirSync(join(folder, "dir"));
  writeFileSync(join(folder, "dir", "secret.txt"), "inside");
  symlinkSync(outside, join(folder, "link"));
  const swapping = spawn(process.execPath, ["-e", SWAPPING, folder], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void swapping.kill());
  await once(swapping.stdout, "data");
  const seen = new Map<string, number>();
  while ((seen.get("inside") ?? 0) < 500) {
    const content = await store.get("dir/secret.txt", signal).then(
      ({ body }) => new Response(body).text(),
      () => "nothing",
    );
    seen.set(content, (seen.get(content) ?? 0) + 1);
  }
  expect([...seen.keys()].sort()).toEqual(["inside", "nothing"]);
});

test("a link within the folder is as good as the file, and the folder itself may be one", async () => {
  const { folder, outside, store } = folderWithNeighbour();
  writeFileSync(join(folder, "real.txt"), "real");
  symlinkSync("real.txt", join(folder, "alias.txt"));
  expect(await new Response((await store.get("alias.txt", signal)).body).text()).toBe("real");
  symlinkSync(folder, join(outside, "linked"));
  const surroundings = { http: createHttpClient(), folder: openFolder, now: Date.now };
  const through = openStore({ url: pathToFileURL(join(outside, "linked")).href, publicOnly: false }, surroundings);
  await through.put("sub/new.txt", NEW, signal);
  expect(await new Response((await store.get("sub/new.txt", signal)).body).text()).toBe("new");
});

test("folders and pipes are no files", { timeout: 5_000 }, async () => {
  const { folder, store } = folderWithNeighbour();
  mkdirSync(join(folder, "dir"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  for (const path of ["dir", "pipe", "dir/none", "pipe/none"])
    await expect(store.get(path, signal)).rejects.toMatchObject(refused);
});

test("what is stored is for the proxy's user alone, and no draft stays behind", async () => {
  const { folder, store } = folderWithNeighbour();
  await store.put("a/b/c.txt", NEW, signal);
  expect(statSync(join(folder, "a/b/c.txt")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, "a/b"))).toEqual(["c.txt"]);
  mkdirSync(join(folder, "taken"));
  await expect(store.put("taken", NEW, signal)).rejects.toMatchObject({ permanent: false });
  expect(readdirSync(folder).sort()).toEqual(["a", "taken"]);
});

test("a reader who goes away before the end leaves no file open", async () => {
  const { folder, store } = folderWithNeighbour();
  writeFileSync(join(folder, "large"), Buffer.alloc(1024 * 1024));
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let readers = 0; readers < 50; readers++) {
    const reader = (await store.get("large", signal)).body.getReader();
    await reader.read();
    await reader.cancel();
  }
  expect(open()).toBeLessThan(before + 10);
});

test("a store in a folder is for the operator to name", () => {
  const surroundings = { http: createHttpClient(), folder: openFolder, now: Date.now };
  expect(() => openStore({ url: "file:///etc", publicOnly: true }, surroundings)).toThrow("admin token alone");
});
