/** Every fault of the table, run through the whole service over real sockets, with PIPELINING and without. */
import { describe, expect, test } from "vitest";
import { EXTENSIONS } from "../support/smtp-server.ts";
import type { Consequence } from "./consequence.ts";
import { type Course, runFaults, type Seen } from "./run.ts";
import { type Fault, TABLE } from "./table.ts";

const WITHOUT = EXTENSIONS.filter((name) => name !== "PIPELINING");
/** Before the first MAIL, and after the last message, nothing is ever sent ahead of a reply. */
const ALIKE = ["Reaching the server", "The greeting", "EHLO", "STARTTLS", "The login", "QUIT"];

describe.each(Object.entries(TABLE))("%s", (stage, faults) => {
  const modes = ALIKE.includes(stage) ? [WITHOUT] : [WITHOUT, EXTENSIONS];
  describe.each(
    modes.map((extensions) => [extensions === WITHOUT ? "without PIPELINING" : "with PIPELINING", extensions] as const),
  )("%s", (mode, extensions) => {
    const meant = faults.filter(({ only = mode }) => only === mode);
    // Where servers are waited for in vain the waits are short, which a busy machine must not take for others.
    test.each([
      ["every fault", meant.filter(({ stalls }) => !stalls)],
      ["every stall", meant.filter(({ stalls }) => stalls)],
    ])("%s leads to what it must lead to", { timeout: 120_000 }, async (_, rows) => {
      const courses = await runFaults(rows, extensions);
      expect(courses).toEqual(Object.fromEntries(rows.map((row) => [row.fault, expectedCourse(row)])));
    });
  });
});

function expectedCourse({ leadsTo }: Fault): Course {
  const first = afterFirst(leadsTo);
  const later = first.status === "sent" || first.status === "error" ? first : afterRetry(first);
  // Copies, should there be several, are the same message: whoever has both can tell.
  return { first, later, messageIds: Math.min(later.copies, 1) };
}

const STATUS = { paused: "pending", deferred: "deferred", unknown: "deferred", failed: "error", sent: "sent" } as const;

function afterFirst({ kind, says, recipients, copies, counts }: Consequence): Seen {
  const telling = typeof says === "string" ? expect.stringContaining(says) : expect.stringMatching(says);
  const status = STATUS[kind];
  const unknown = kind === "unknown";
  const report = { event: status, outcomeUnknown: unknown ? true : undefined, recipients };
  return {
    account: kind === "paused" ? telling : "ok",
    status,
    error: kind === "paused" || kind === "sent" ? null : telling,
    attempts: kind === "paused" ? 0 : 1,
    outcomeUnknown: unknown,
    recipients,
    counted: counts ? 1 : 0,
    copies,
    reports: kind === "paused" ? [] : [report],
  };
}

/** At a server without faults, to the recipients that were open. */
function afterRetry(first: Seen): Seen {
  const recipients = first.recipients.map((told) => (told.startsWith("pending") ? "sent 250 2.0.0" : told));
  return {
    ...first,
    account: "ok",
    status: "sent",
    error: null,
    attempts: first.attempts + 1,
    recipients,
    counted: first.counted + 1,
    copies: first.copies + 1,
    reports: [...first.reports, { event: "sent", outcomeUnknown: undefined, recipients }],
  };
}
