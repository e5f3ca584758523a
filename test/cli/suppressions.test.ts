import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SuppressionQuery } from "../../src/api/schemas/suppressions.ts";
import { candidates } from "../../src/cli/completion/complete.ts";
import { createProgram } from "../../src/cli/program.ts";
import { commandLineWithTenant } from "./instance.ts";

async function withList() {
  const line = await commandLineWithTenant();
  const at = (name: string) => join(line.home, name);
  const suppressions = (...args: string[]) => line.run("one", "shop", "suppressions", ...args);
  const listed = (...args: string[]) => line.json("one", "shop", "suppressions", "list", ...args);
  return { ...line, at, suppressions, listed };
}

test("an address is put on the list, looked at and taken off, and each of these is in the command log", {
  timeout: 60_000,
}, async () => {
  const { suppressions, listed, call } = await withList();
  const added = await suppressions("add", "Ann@example.net", "--reason", "moved", "--until", "2999-01-01");
  expect(added).toMatchObject({ code: 0, stdout: "Ann@example.net is on the list\n" });
  expect((await suppressions("add", "ann@example.net", "--reason", "gone")).stdout).toMatch(/on the list already/);
  expect(await listed()).toMatchObject([{ address: "ann@example.net", source: "manual", reason: "gone" }]);
  expect((await suppressions("list")).stdout).toMatch(/^ADDRESS[\s\S]*^ann@example\.net +manual +gone/m);
  expect(await suppressions("remove", "ann@example.net")).toMatchObject({ code: 2 });
  expect(await suppressions("remove", "ann@example.net", "--force")).toMatchObject({ code: 0 });
  expect(await suppressions("remove", "ann@example.net", "--force")).toMatchObject({
    ...{ code: 1, stderr: "mail-proxy: ann@example.net is not on the list\n" },
  });
  expect(await suppressions("add", "ann@example.net", "--until", "soon")).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("--until") },
  });
  const { commands } = await call("GET", "/command-log");
  const made = (commands as { method: string; tenant_id: string }[]).map(({ method, tenant_id }) => [
    method,
    tenant_id,
  ]);
  expect(made).toContainEqual(["POST", "shop"]);
  expect(made).toContainEqual(["DELETE", "shop"]);
});

test("the list is filtered as the API filters it, page by page, and is told as CSV", async () => {
  const { suppressions, listed, call } = await withList();
  const sources = { "a@example.net": "bounce", "b@example.net": "import", "c@example.net": "bounce" };
  const entries = Object.entries(sources).map(([address, source]) => ({ address, source }));
  await call("POST", "/suppressions", { body: { suppressions: entries } });
  const names = async (...args: string[]) => (await listed(...args)).map(({ address }: { address: string }) => address);
  expect(await names("--source", "bounce")).toEqual(["c@example.net", "a@example.net"]);
  expect(await names("--q", "b@")).toEqual(["b@example.net"]);
  const { stderr } = await suppressions("list", "--limit", "2");
  const [, cursor = ""] = /--cursor (\d+)/.exec(stderr) ?? [];
  expect(await names("--limit", "2", "--cursor", cursor)).toEqual(["a@example.net"]);
  expect((await suppressions("list", "--csv", "--q", "a@")).stdout).toMatch(
    /^address,source,reason,message,created,expires\r\na@example\.net,bounce,,,\d{4}-\S+,\n$/,
  );
  const { stdout } = await suppressions("list", "--help");
  const own: Record<string, string> = { tenant_id: "json", format: "csv" };
  const flags = Object.keys(SuppressionQuery.entries).map((name) => `--${own[name] ?? name}`);
  expect(flags.filter((flag) => !stdout.includes(flag))).toEqual([]);
});

test("a file goes in line by line, what is wrong in it is told by its line, and an export goes in again", {
  timeout: 60_000,
}, async () => {
  const { suppressions, runWith, listed, at } = await withList();
  const good = Array.from({ length: 1_200 }, (_, n) => `r${n}@example.net,moved`);
  writeFileSync(at("in.csv"), `email,reason\n${good.join("\n")}\nnobody\n"open,x\n`);
  const imported = await suppressions("import", at("in.csv"));
  expect(imported).toMatchObject({ code: 1, stdout: "added 1200, updated 0, rejected 2\n" });
  expect(imported.stderr).toMatch(/^line 1202: address: .*\nline 1203: a quote is not closed/);
  expect(await suppressions("export", at("out.csv"))).toMatchObject({ code: 0 });
  expect(await suppressions("export", at("out.csv"))).toMatchObject({ code: 1 });
  expect((await suppressions("export")).stdout).toBe(readFileSync(at("out.csv"), "utf8"));
  expect((await suppressions("import", at("out.csv"))).stdout).toBe("added 0, updated 1200, rejected 0\n");
  const piped = await runWith("email\nlast@example.net\n", "one", "shop", "suppressions", "import", "-");
  expect(piped).toMatchObject({ code: 0, stdout: "added 1, updated 0, rejected 0\n" });
  expect(await listed("--limit", "1")).toMatchObject([{ address: "last@example.net", source: "import" }]);
});

test("a file that is missing, or names no addresses, changes nothing", async () => {
  const { suppressions, at } = await withList();
  expect(await suppressions("import", at("none.csv"))).toMatchObject({ code: 1 });
  writeFileSync(at("odd.csv"), "name\nAnn\n");
  expect(await suppressions("import", at("odd.csv"))).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("address or email") },
  });
  expect(await suppressions("export", at("no/such/folder.csv"))).toMatchObject({ code: 1 });
  expect(existsSync(at("no"))).toBe(false);
});

test("its commands, sources and files are completed", async () => {
  const { home } = await withList();
  const words = async (...typed: string[]) =>
    (await candidates(createProgram(), ["--home", home, "one", "shop", ...typed])).map(({ value }) => value);
  expect(await words("sup")).toEqual(["suppressions"]);
  expect(await words("suppressions", "")).toEqual(["list", "add", "remove", "import", "export", "help"]);
  expect(await words("suppressions", "list", "--source", "b")).toEqual(["bounce"]);
  expect(await words("suppressions", "import", "")).toEqual([":files"]);
});
