/** The documentation says what is so: settings, routes, fields, commands, links and samples are held against the code. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { essentialsTable, settingsPage } from "../.ci/settings-page.ts";
import { ALIASES } from "../src/api/aliases.ts";
import { AccountInput } from "../src/api/schemas/account.ts";
import { Attachment } from "../src/api/schemas/attachment.ts";
import { InstanceChanges } from "../src/api/schemas/instance.ts";
import { Message } from "../src/api/schemas/message.ts";
import { TenantInput } from "../src/api/schemas/tenant.ts";
import { instanceProgram } from "../src/cli/instance.ts";
import { createProgram } from "../src/cli/program.ts";
import { tenantProgram } from "../src/cli/tenant.ts";
import { SETTINGS } from "../src/config.ts";
import { testApi } from "./api/support.ts";
import { temporaryFolder } from "./support/database.ts";
import { anchors, blocks, codeSpans, PAGES, page, prose, section } from "./support/pages.ts";

const HTTP_API = "docs/http-api.md";

test("the page of settings is the one that the code makes, and so are the README's essentials", () => {
  expect(page("docs/settings.md")).toBe(settingsPage());
  const [, table] = /<!-- settings: .* -->\n([\s\S]*?)<!-- \/settings -->/.exec(page("README.md")) ?? [];
  expect(table).toBe(essentialsTable());
});

test("every setting that a page names exists", () => {
  const known = new Set(Object.values(SETTINGS).map(({ name }) => `MAIL_PROXY_${name}`));
  // The command line's own, the installer's, and what the examples call the proxy's address and key.
  for (const name of ["MAIL_PROXY_HOME", "MAIL_PROXY_BASE_URL", "MAIL_PROXY_URL", "MAIL_PROXY_KEY"]) known.add(name);
  const unknown = PAGES.flatMap((path) =>
    [...page(path).matchAll(/\bMAIL_PROXY_[A-Z_]*[A-Z]/g)]
      .map(String)
      .filter((name) => !known.has(name))
      .map((name) => `${path}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test("every link within the project leads somewhere", () => {
  const dead = PAGES.flatMap((path) =>
    [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !target.startsWith("https://") && !leadsSomewhere(path, target))
      .map((target) => `${path}: ${target}`),
  );
  expect(dead).toEqual([]);
});

function leadsSomewhere(path: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const reached = file === "" ? path : join(dirname(path), file);
  return existsSync(reached) && (anchor === undefined || anchors(reached).includes(anchor));
}

test("the page of the HTTP API names every route, and no other", async () => {
  const { app } = await testApi({}, true);
  const served = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`)
    .filter((route) => !route.endsWith("*"))
    .concat(ALIASES.map(({ at }) => at));
  const named = codeSpans(prose(HTTP_API)).flatMap((span) => /^(?:GET|POST|PUT|PATCH|DELETE) \/[^?]*/.exec(span) ?? []);
  expect([...new Set(named)].sort()).toEqual([...new Set(served)].sort());
});

test.each([
  ["Fields of a message", [...Object.keys(Message.entries), ...Object.keys(Attachment.entries)]],
  ["Accounts", Object.keys(AccountInput.entries)],
  ["Tenants", Object.keys(TenantInput.entries)],
  ["The instance", Object.keys(InstanceChanges.entries)],
])("the page of the HTTP API names every field: %s", (heading, fields) => {
  const named = codeSpans(section(HTTP_API, heading));
  expect(fields.filter((field) => !named.includes(field))).toEqual([]);
});

test("the page of the command line names every command and every option", () => {
  const home = temporaryFolder();
  mkdirSync(join(home, "one"));
  const programs: [string, Command][] = [
    ["mail-proxy", createProgram()],
    ["mail-proxy NAME", instanceProgram(home, "one")],
    ["mail-proxy NAME TENANT", tenantProgram({ name: "one", folder: join(home, "one") }, "acme")],
  ];
  const spans = codeSpans(page("docs/cli.md"));
  const said = (words: string) => spans.some((span) => span === words || span.startsWith(`${words} `));
  const missing = programs.flatMap(([words, program]) => undocumented(words, program, said));
  expect(missing).toEqual([]);
});

/** Commands that `said` does not know, and options that stand nowhere on the page. */
function undocumented(words: string, command: Command, said: (words: string) => boolean): string[] {
  const options = command.options.map(({ long }) => long).filter((long) => long !== undefined && long !== "--version");
  const unnamed = options.filter((long) => !new RegExp(`(?<![\\w-])${long}(?![\\w-])`).test(page("docs/cli.md")));
  return [
    ...unnamed.map((long) => `${words} ${long}`),
    ...command.commands.flatMap((inner) => {
      const full = `${words} ${inner.name()}`;
      const isLeaf = inner.commands.length === 0;
      return [...(isLeaf && !said(full) ? [full] : []), ...undocumented(full, inner, said)];
    }),
  ];
}

test.each(PAGES)("samples of JSON can be parsed: %s", (path) => {
  for (const sample of blocks(path, "json")) expect(() => JSON.parse(sample), sample).not.toThrow();
});

test.each([
  ["python", ["examples/flask/app.py", "examples/flask/mail_proxy.py"]],
  ["js", ["examples/express/app.mjs", "examples/express/mail-proxy.mjs"]],
])("what the reports page shows in %s stands in an example, where a test runs it", (language, files) => {
  const shown = blocks("docs/reports.md", language);
  expect(shown.length).toBeGreaterThan(0);
  for (const sample of shown) expect(files.map(page).join("")).toContain(sample);
});
