/**
 * Writes docs/settings.md, and the essentials into README.md, out of src/config.ts: `bun .ci/settings-page.ts`.
 *
 * A test holds both against what this makes of the settings as they are.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { type Group, SETTINGS, type Setting } from "../src/config.ts";
import { ELSEWHERE, REFERENCE_NAMES } from "../src/settings/reference-names.ts";

const INTRODUCTION = `# Settings

Each setting is an environment variable, and on Cloudflare Workers a binding of the same name. Lists are comma-separated, sizes
are bytes unless the name says otherwise, and a variable that is empty counts as not set. This page is written from the code by
\`npm run docs:settings\`.

## Where a value comes from

The first that has one:

1. a flag of \`mail-proxy start\`, which is then kept in \`config.json\`
2. the environment (\`MAIL_PROXY_PORT\`), or the bindings of a Worker
3. the same name with the prefix of the reference system (\`GMP_PORT\`), or [its own name](#names-of-the-reference-system)
4. \`config.json\` in the folder of an instance that is started by name, under the names below without \`MAIL_PROXY_\`; \`serve\` has none
5. the default

A value that cannot be used stops the start; the message has the name, the value (of a secret or a URL not all of it) and what is
allowed. A name that is no setting is told in the log at the start, with the nearest one that is.

## Seeing and changing them

\`\`\`sh
mail-proxy mine config                     # each setting with its value and where that comes from; secrets masked
mail-proxy mine config --json
mail-proxy mine config set port 8025       # kept in config.json; a running server takes it at its restart
mail-proxy mine config set api_token -     # asks for it, or reads it from standard input
mail-proxy mine config unset port
mail-proxy config                          # what serve would take: the environment alone
\`\`\`

What belongs to a tenant or an account is no setting: see [tenants and accounts](http-api.md). What an operator may change while
everything runs (the default priority, the mailbox for bounces) stands in the database: [the instance](http-api.md#the-instance).
`;

const CHAPTERS: Record<Group, string> = {
  essentials: "Essentials",
  server: "Server",
  delivery: "Delivery",
  reports: "Reports",
  bounces: "Bounces and certified mail",
  attachments: "Attachments",
  cache: "Cache of attachments",
  Workers: "Workers",
  submission: "Mail by SMTP",
  limits: "Limits of requests",
  logging: "Logging",
};

type Grouped = Setting<unknown> & { group: Group };

const settings: Grouped[] = Object.values(SETTINGS);

export function settingsPage(): string {
  const chapters = Object.entries(CHAPTERS).map(([group, title]) => {
    const rows = settings
      .filter((setting) => setting.group === group)
      .map((setting) => [code(`MAIL_PROXY_${setting.name}`), defaultOf(setting), allowedBy(setting), setting.doc]);
    return `\n## ${title}\n\n${table(["name", "default", "allowed", ""], rows)}`;
  });
  return INTRODUCTION + chapters.join("") + referenceChapter();
}

/** What a first deployment needs, for the README. */
export function essentialsTable(): string {
  const rows = settings
    .filter(({ group }) => group === "essentials")
    .map((setting) => [code(`MAIL_PROXY_${setting.name}`), defaultOf(setting), setting.doc]);
  return table(["name", "default", ""], rows);
}

function referenceChapter(): string {
  const taken = Object.entries(REFERENCE_NAMES).map(([name, { setting }]) => [
    code(name),
    code(`MAIL_PROXY_${setting}`),
  ]);
  const elsewhere = Object.entries(ELSEWHERE).map(([name, advice]) => [code(name), advice]);
  return `
## Names of the reference system

Every name above is taken with \`GMP_\` in place of \`MAIL_PROXY_\`, too. Beside these:

${table(["name", "is"], taken)}
\`GMP_DB_PATH\` is the path of a file, which must not be there yet or be one of ours: the reference's own database has other tables.
Its \`postgresql://\` is refused.

These set nothing, which a line of the log tells at the start:

${table(["name", "say it as"], elsewhere)}`;
}

function defaultOf({ fallback }: Grouped): string {
  const text = fallback === undefined ? "" : String(fallback);
  return text === "" ? "" : code(text);
}

/** In the words in which a bad value is refused: no value begins with NUL. */
function allowedBy({ schema }: Grouped): string {
  return v.safeParse(schema, "\0").issues?.[0].message ?? "text";
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: string[], rows: string[][]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("");
}

if (import.meta.main) {
  const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  writeFileSync(at("docs/settings.md"), settingsPage());
  const readme = readFileSync(at("README.md"), "utf8");
  const marked = /(<!-- settings: .* -->\n)[\s\S]*?(<!-- \/settings -->)/;
  const written = readme.replace(marked, (_, start: string, end: string) => start + essentialsTable() + end);
  writeFileSync(at("README.md"), written);
}
