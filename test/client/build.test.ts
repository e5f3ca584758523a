/** The client as it is published: a folder that plain Node imports, whose types need nothing of our sources. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";
import { listen } from "../support/listen.ts";
import { blocks } from "../support/pages.ts";

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BUN = at("../../node_modules/.bin/bun");
const TSC = at("../../node_modules/.bin/tsc");
const [README_SAMPLE = ""] = blocks("README.md", "ts");

/** What belongs to the build, by name. */
let built: Map<string, string>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-test-"));
  await run(BUN, [at("../../.ci/build-client.ts"), "--out", folder]);
  built = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  rmSync(folder, { recursive: true });
}, 120_000);

/** A project that has installed the client and nothing else. */
function project(files: Record<string, string>): string {
  const folder = temporaryFolder();
  const installed = join(folder, "node_modules/mail-proxy");
  mkdirSync(installed, { recursive: true });
  for (const [name, text] of built) writeFileSync(join(installed, name), text);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What the compiler has to say; nothing where all is well. */
function complaints(folder: string, flags: string[]): Promise<string> {
  return run(TSC, flags, { cwd: folder }).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test("the README's sample runs in plain Node, in a folder that has nothing but the client", async () => {
  const { app } = await startApp();
  const url = await listen((request) => app.fetch(request));
  const post = (path: string, body: object) =>
    app.fetch(
      new Request(new URL(path, url), {
        method: "POST",
        headers: { "X-API-Token": ADMIN_TOKEN, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  await post("/tenant", { id: "shop" });
  await post("/account", { id: "default", tenant_id: "shop", host: "smtp.example.com", suppress_send: true });
  const folder = project({ "sample.mjs": README_SAMPLE });
  const env = { MAIL_PROXY_URL: url, MAIL_PROXY_KEY: ADMIN_TOKEN };
  const { stdout } = await run(process.execPath, ["sample.mjs"], { cwd: folder, env });
  expect(stdout).toMatch(/^1 queued \[\]\n/);
  expect(stdout).toMatch(/not_found 404 \[\] [\w-]{36}\n$/);
});

test("its declarations stand alone, and know what the API takes and answers", async () => {
  for (const [name, text] of built) if (name.endsWith(".d.ts")) expect(text, name).not.toMatch(/valibot|\.ts"|\.\.\//);
  const sample = `import { MailProxy, type Message } from "mail-proxy/client";
const mail = new MailProxy({ url: "http://127.0.0.1:8000", token: "t" });
const message: Message = { id: "1", to: ["bob@example.com"], priority: "low", attachments: null };
const { rejected } = await mail.messages.add([message], { default_priority: 3 });
const reason: string | undefined = rejected[0]?.reason;
const page = await mail.messages.list({ status: "sent", limit: 10, since: "2030-01-01", active_only: false });
const status: "pending" | "deferred" | "sending" | "sent" | "error" | "canceled" | undefined = page.messages[0]?.status;
export { reason, status };
// @ts-expect-error a field that there is not
await mail.messages.add([{ id: "1", subjet: "typo" }]);
// @ts-expect-error a status that there is not
await mail.messages.list({ status: "gone" });
// @ts-expect-error a message has an id
await mail.messages.add([{ to: "bob@example.com" }]);
`;
  const flags = ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--target", "es2023", "--module", "nodenext"];
  const folder = project({ "sample.mts": sample });
  expect(await complaints(folder, [...flags, "--lib", "es2023,dom", "sample.mts"])).toBe("");
});

test("its types are those of the schemas, every one of them", async () => {
  const types = readFileSync(at("../../src/client/types.ts"), "utf8");
  const names = [...types.matchAll(/^export type (\w+)/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(40);
  const lines = names.map((name) => `export const ${name}: Same<built.${name}, own.${name}> = true;`);
  const same = `import type * as built from "mail-proxy/client";
import type * as own from "${at("../../src/client/types.ts")}";
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : "the schema takes less") : "the schema takes more";
${lines.join("\n")}
`;
  const tsconfig = {
    extends: at("../../tsconfig.json"),
    compilerOptions: { typeRoots: [at("../../node_modules/@types")] },
    include: [],
    files: ["same.ts", at("../../src/db/sql.d.ts")],
  };
  const folder = project({ "same.ts": same, "tsconfig.json": JSON.stringify(tsconfig) });
  expect(await complaints(folder, ["-p", "."])).toBe("");
});
