/** The documentation as tests read it: pages, their fenced blocks, their headings. */
import { readdirSync, readFileSync } from "node:fs";

export const PAGES = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "src/README.md", "examples/README.md"],
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...readdirSync("examples", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `examples/${name}/README.md`),
];

export function page(path: string): string {
  return readFileSync(path, "utf8");
}

/** The fenced blocks of a page in one language, in their order. */
export function blocks(path: string, language: string): string[] {
  return [...page(path).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text!);
}

/** What stands under a heading, up to the next one of its level or above. */
export function section(path: string, heading: string): string {
  const lines = prose(path).split("\n");
  const start = lines.findIndex((line) => line.replace(/^#+ /, "") === heading);
  const level = /^#+/.exec(lines[start] ?? "")?.[0].length;
  if (level === undefined) throw new Error(`${path} has no heading ${heading}`);
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(start, length === -1 ? undefined : start + 1 + length).join("\n");
}

/** The anchors of a page: headings in lower case, without punctuation, with hyphens for spaces. */
export function anchors(path: string): string[] {
  return [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The page without its fenced blocks. */
export function prose(path: string): string {
  return page(path).replace(/^```[\s\S]*?^```$/gm, "");
}

/** What stands in backticks. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
}
