/** docs/from-flask-mail.md has a row for everything that an application may use of Flask-Mail, by Flask-Mail's own source. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pythonWith } from "../examples/terminal.ts";
import { codeSpans, section } from "../support/pages.ts";
import { runProgram } from "./run-program.ts";

const PAGE = "docs/from-flask-mail.md";
const python = pythonWith("flask_mail");

test("every setting, field, call and signal of Flask-Mail has its row, and no other", async (context) => {
  context.skip(python === undefined, "no python3 has flask_mail");
  const program = fileURLToPath(new URL("./programs/flask_mail_names.py", import.meta.url));
  const { code, output } = await runProgram(python ?? "", [program], "");
  expect(code, output).toBe(0);
  const names: Record<string, string[]> = JSON.parse(output);
  expect(names.Settings?.length).toBeGreaterThan(10);
  for (const [part, own] of Object.entries(names)) expect(rows(part), part).toEqual([...new Set(own)].sort());
});

/** What stands in the first column of a section's table. */
function rows(heading: string): string[] {
  const cells = [...section(PAGE, heading).matchAll(/^\|([^|]*)\|/gm)].map(([, cell]) => cell ?? "");
  return codeSpans(cells.join(" ")).sort();
}
