/** An instance `one` with the tenant `shop`, and `mail-proxy one doctor` on it: what it finds, and its exit code. */
import { expect } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { commandLineWithTenant } from "./instance.ts";
import { type Ended, programWith, startCommand } from "./program.ts";

export interface Examined extends Ended {
  findings: Finding[];
  /** Those of a check, as `state subject: text`. */
  of(check: Finding["check"]): string[];
  /** The only one whose subject and text match. */
  one(pattern: RegExp): Finding;
}

export async function instanceWithDoctor(environment: Record<string, string> = {}) {
  const line = await commandLineWithTenant(environment);
  const doctor = (...args: string[]) => examined(line.home, environment, ["one", "doctor", ...args]);
  return { ...line, doctor };
}

/** A process, as a person starts it: the exit code is a part of what is promised. */
export async function examined(home: string, environment: Record<string, string>, args: string[]): Promise<Examined> {
  const ended = await startCommand(programWith([...args, "--json"]), home, environment).ended;
  expect(ended.stderr).toBe("");
  const { findings }: { findings: Finding[] } = JSON.parse(ended.stdout);
  return {
    ...ended,
    findings,
    of: (check) =>
      findings
        .filter((finding) => finding.check === check)
        .map(({ state, subject, text }) => `${state} ${subject}: ${text}`),
    one(pattern) {
      const found = findings.filter(({ subject, text }) => pattern.test(`${subject}: ${text}`));
      expect(found, `${pattern} in ${ended.stdout}`).toHaveLength(1);
      return found[0]!;
    },
  };
}
