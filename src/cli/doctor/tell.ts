/** How findings are told: a line each as they come, with what to do about it below, and at the end how many of which. */
import { type Colour, hasColours, painted, visible } from "../terminal.ts";
import type { Finding, State } from "./finding.ts";

const COLOURS: Record<State, Colour> = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" };
const STATE_WIDTH = 9;
const CHECK_WIDTH = 11;

/** Subjects and texts are of strangers: they are told on one line, without what a terminal would obey. */
export function findingLines(
  { check, subject, state, text, advice }: Finding,
  colours = hasColours(process.stdout),
): string {
  const word = state.padEnd(STATE_WIDTH);
  const line = `${colours ? painted(word, COLOURS[state]) : word}${check.padEnd(CHECK_WIDTH)}${visible(`${subject}: ${text}`)}`;
  return advice === null ? line : `${line}\n${" ".repeat(STATE_WIDTH + CHECK_WIDTH)}-> ${visible(advice)}`;
}

export type Counts = Record<State, number>;

export function countsOf(findings: readonly Finding[]): Counts {
  const of = (state: State) => findings.filter((finding) => finding.state === state).length;
  return { ok: of("ok"), warning: of("warning"), failed: of("failed"), skipped: of("skipped") };
}

export function summary({ ok, warning, failed, skipped }: Counts): string {
  return `${ok} ok, ${warning} to look at, ${failed} failed, ${skipped} skipped`;
}
