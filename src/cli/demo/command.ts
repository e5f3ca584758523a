/** The command `demo`: the whole loop once, with live figures and a summary; exit code 0 only if nothing went wrong. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { Failure } from "../exit.ts";
import { configureLogging } from "../logging.ts";
import { print } from "../output.ts";
import { bar } from "../progress.ts";
import type { Verdict } from "./check.ts";
import { type Figures, runDemo } from "./run.ts";

const FAULTS_SHOWN = 10;
/** A shell shows a process that a signal has ended as 128 and its number. */
const ENDING = [
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const;

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("the whole loop on this machine: messages in, over SMTP into a sandbox inbox, reported back")
    .action(async () => {
      configureLogging({ logLevel: "warning", logFormat: "text" });
      const folder = mkdtempSync(join(tmpdir(), "mail-proxy-demo-"));
      // Nothing of it is worth an orderly end, but nothing of it shall stay.
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
      for (const [signal, number] of ENDING) process.once(signal, () => process.exit(128 + number));
      try {
        const verdict = await runDemo(folder, process.stdout.isTTY ? redraw() : printChanges());
        print(summary(verdict));
        if (verdict.faults.length > 0) throw new Failure(faultList(verdict.faults));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
}

/** At a terminal the line is written over and over. */
function redraw(): (figures: Figures) => void {
  return (figures) => process.stdout.write(`\r${bar(figures.reported / figures.messages)} ${lineOf(figures)}\u001b[K`);
}

/** In a file or a pipe a line appears when its figures are new. */
function printChanges(): (figures: Figures) => void {
  let last = "";
  return (figures) => {
    const line = lineOf(figures);
    if (line !== last) print(line);
    last = line;
  };
}

function lineOf({ accepted, delivered, reported, failed }: Figures): string {
  return `accepted ${accepted}   delivered ${delivered}   reported ${reported}   failed ${failed}`;
}

function summary(verdict: Verdict): string {
  const { messages, accepted, delivered, reported, deliveredMs, reportedMs, slowest } = verdict;
  return [
    `\n\n${messages} messages in three priorities, each with an attachment and a subject beyond ASCII:`,
    `  accepted   ${accepted}`,
    `  delivered  ${delivered} in ${deliveredMs} ms   (${rate(delivered, deliveredMs)} a second)`,
    `  reported   ${reported} in ${reportedMs} ms   (${rate(reported, reportedMs)} a second)`,
    `  slowest    ${slowest.id}, ${slowest.ms} ms from its request to the inbox`,
  ].join("\n");
}

function rate(count: number, ms: number): number {
  return Math.round((count * 1000) / Math.max(ms, 1));
}

function faultList(faults: string[]): string {
  const more = faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : [];
  return ["not everything went well:", ...faults.slice(0, FAULTS_SHOWN), ...more].join("\n  ");
}
