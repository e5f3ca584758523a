/** The table of faults in words, as docs/delivery.md shows it. */
import type { Verb } from "../support/smtp-server.ts";
import type { Consequence, Recipients } from "./consequence.ts";
import { MISBEHAVIOURS } from "./provoke.ts";
import { type Fault, TABLE } from "./table.ts";

/** What `misbehaves` stands for. */
export function misbehaviours(): string {
  return MISBEHAVIOURS.map(({ fault }) => `- ${fault}`).join("\n");
}

/** A heading and a table for each stage, in Markdown. */
export function faultTables(): string {
  return Object.entries(TABLE)
    .map(([stage, faults]) => {
      const lines = new Set(faults.map(line)); // all misbehaviours at one command lead to the same
      return [`### ${stage}`, "", "| the server | then |", "|---|---|", ...lines].join("\n");
    })
    .join("\n\n");
}

function line({ fault, misbehavesAt, only, leadsTo }: Fault): string {
  const what = misbehavesAt === undefined ? fault : `misbehaves ${PLACES[misbehavesAt] ?? `at ${misbehavesAt}`}`;
  return `| ${what}${only === undefined ? "" : ` (${only})`} | ${words(leadsTo)} |`;
}

const PLACES: Partial<Record<Verb, string>> = { CONNECT: "in its greeting", BODY: "after the final dot" };

const KINDS: Record<Consequence["kind"], string> = {
  paused: "**account pauses**",
  deferred: "**tried again**",
  unknown: "**outcome unknown**, tried again",
  failed: "**failed**",
  sent: "**sent**",
};

function words({ kind, recipients, says, counts }: Consequence): string {
  const own = told(recipients);
  const quoted = typeof says === "string" && says !== "" && own === "" ? `\`${says}\`` : "";
  const free = kind === "failed" && !counts ? "nothing was written" : "";
  return [KINDS[kind], own, quoted, free].filter((part) => part !== "").join("; ");
}

/** What recipients have of their own: not that all wait, or that all have it. */
function told([a, b]: Recipients): string {
  const unremarkable = ["pending", "sent 250 2.0.0"];
  if (a === b) return unremarkable.includes(a) ? "" : `both \`${a}\``;
  return `one \`${a}\`, one \`${b}\``;
}
