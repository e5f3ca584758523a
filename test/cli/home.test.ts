import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  COMMAND_WORDS,
  createFolder,
  createText,
  fileOf,
  homeFolder,
  instanceNamed,
  listInstances,
  readObject,
  readText,
  writeText,
} from "../../src/cli/home.ts";
import { temporaryFolder } from "../support/database.ts";

test.each(["default", "a", "my-app.2_x", "0"])("%s can name an instance", (name) => {
  expect(instanceNamed("/home", name)).toEqual({ name, folder: `/home/${name}` });
});

test.each(["..", ".hidden", "a/b", "Upper", "", "-x", "a b", "ä", "x".repeat(65)])("%j cannot", (name) => {
  expect(() => instanceNamed("/home", name)).toThrow(/name of an instance/);
});

test("no instance can have a command as its name", () => {
  for (const word of COMMAND_WORDS) expect(() => instanceNamed("/home", word)).toThrow(/is a command/);
});

test("--home wins over MAIL_PROXY_HOME, which wins over ~/.mail-proxy", () => {
  expect(homeFolder("/a", { MAIL_PROXY_HOME: "/b" })).toBe("/a");
  expect(homeFolder(undefined, { MAIL_PROXY_HOME: "/b" })).toBe("/b");
  expect(homeFolder(undefined, {})).toMatch(/[\\/]\.mail-proxy$/);
});

test("an instance's folder and files are their owner's alone", () => {
  const instance = instanceNamed(temporaryFolder(), "one");
  mkdirSync(instance.folder, { mode: 0o755 });
  createFolder(instance);
  writeText(fileOf(instance, "token"), "secret");
  expect(statSync(instance.folder).mode & 0o777).toBe(0o700);
  expect(statSync(fileOf(instance, "token")).mode & 0o777).toBe(0o600);
});

test("a file that is created once keeps its first text, and leaves no draft behind", () => {
  const folder = temporaryFolder();
  const path = join(folder, "token");
  expect(createText(path, "first")).toBe(true);
  expect(createText(path, "second")).toBe(false);
  expect(readText(path)).toBe("first");
  expect(readdirSync(folder)).toEqual(["token"]);
});

test("a damaged config names its file, not what is in it", () => {
  const path = join(temporaryFolder(), "config.json");
  writeText(path, '["hunter2"]');
  expect(() => readObject(path)).toThrow(`${path} must hold a JSON object`);
  expect(readObject(`${path}.missing`)).toBeUndefined();
});

test("instances are listed by name, and nothing else of the folder", () => {
  const home = temporaryFolder();
  for (const name of ["b", "a", ".trash"]) mkdirSync(join(home, name));
  writeText(join(home, "file"), "");
  expect(listInstances(home).map(({ name }) => name)).toEqual(["a", "b"]);
  expect(listInstances(join(home, "missing"))).toEqual([]);
});
