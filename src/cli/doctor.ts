/** The command that examines an instance and says what to do about each thing that is not as it should be; it changes nothing. */
import type { Command } from "commander";
import { examine } from "./doctor/examine.ts";
import { CHECKS, type Check, type Finding } from "./doctor/finding.ts";
import { countsOf, findingLines, summary } from "./doctor/tell.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { didYouMean } from "./nearest.ts";
import { print, printJson } from "./output.ts";

interface Options {
  only?: string;
  tenant?: string;
  timeout: string;
  dns?: string;
  dkimSelector?: string;
  call?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  doctor --only accounts,queue               why does mail not go?
  doctor --only domains --dkim-selector s1   would receivers trust it?`;

/** `isServe`: with the settings of the environment alone. */
export function addDoctorCommand(program: Command, instance: () => Instance, { isServe }: { isServe: boolean }): void {
  program
    .command("doctor")
    .description(
      "examine everything, and tell what to do; changes and sends nothing; exit code 1 where something failed",
    )
    .option("--only <checks>", `these alone, with commas: ${CHECKS.join(", ")}`)
    .option("--tenant <id>", "of what belongs to tenants, this one's alone")
    .option("--timeout <seconds>", "how long a step may take", "10")
    .option("--dns <servers>", "name servers to ask, with commas, instead of this machine's")
    .option("--dkim-selector <names>", "under which DKIM keys are published, with commas")
    .option("--call", "call endpoints (HEAD) instead of connecting alone")
    .option("--json", "tell it as JSON, once all is done")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const subject = { instance: instance(), isServe, wishes: wishesOf(options) };
      const findings: Finding[] = [];
      for await (const finding of examine(subject)) {
        findings.push(finding);
        if (!options.json) print(findingLines(finding));
      }
      const counts = countsOf(findings);
      if (options.json) printJson({ ok: counts.failed === 0, counts, findings });
      else print(`\n${summary(counts)}`);
      if (counts.failed > 0) process.exitCode = 1;
    });
}

function wishesOf({ only, tenant, timeout, dns, dkimSelector, call = false }: Options) {
  const seconds = Number(timeout);
  if (!(seconds > 0 && seconds <= 3_600))
    throw new UsageError(`--timeout is a number of seconds up to 3600, not ${timeout}`);
  return {
    only: only === undefined ? CHECKS : listOf(only).map(checkNamed),
    tenantId: tenant,
    timeoutMs: seconds * 1000,
    dns: listOf(dns),
    dkimSelectors: listOf(dkimSelector),
    calls: call,
  };
}

function listOf(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((word) => word.trim() || []);
}

function checkNamed(word: string): Check {
  const check = CHECKS.find((name) => name === word);
  if (check === undefined) throw new UsageError(`there is no check ${word}${didYouMean(word, CHECKS)}`);
  return check;
}
