/** A server that answers anything to anything, in any order and any pieces: nothing hangs, and nothing counts as sent that it did not take. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Pool } from "../../src/smtp/pool.ts";
import { type Answer, EXTENSIONS, type Heard, ScriptedServer } from "../support/smtp-server.ts";
import { account, envelope, MESSAGE } from "./support.ts";

/** For servers that wait for something else than we do. */
const PATIENCE_MS = 100;

/** 354 is the only 3xx here, since of an unknown one the first digit decides (RFC 5321 4.2.1). */
const reply = fc.constantFrom(
  ...["250 2.0.0 ok", "250-a\r\n250 b", "354 go", "354", "220 hi", "251 2.1.5 will forward", "299 odd"],
  ...[
    "421 4.3.2 closing",
    "450 4.2.0 later",
    "452 4.5.3 many",
    "500 5.5.2 what?",
    "503 5.5.1 order",
    "550 5.1.1 no",
    "554 no",
  ],
);
const nonsense = fc.constantFrom("", "x", "\r\n", "250", "250 ok\n", "\0\r\n", "999 9\r\n", "HTTP/1.1 200 OK\r\n");
/** Undefined: as a good server would. */
const answer: fc.Arbitrary<Answer | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constantFrom("250 2.0.0 ok", "354 go") }, // the two that lead on, at the wrong place
  { weight: 2, arbitrary: reply },
  { weight: 1, arbitrary: fc.tuple(reply, reply).map(([first, second]) => ({ reply: first, raw: `${second}\r\n` })) },
  { weight: 1, arbitrary: fc.tuple(reply, fc.nat(8)).map(([said, splitAt]) => ({ raw: `${said}\r\n`, splitAt })) },
  { weight: 1, arbitrary: nonsense.map((raw) => ({ raw })) },
  { weight: 1, arbitrary: fc.constantFrom<Answer>({ next: "close" }, { next: "reset" }, { forget: true }) },
);

/** A 250 to DATA that is taken for an invitation leads to a message that counts as accepted by the reply to its first line. */
const INVITED_BY_250 = [undefined, undefined, undefined, undefined, "250 2.0.0 ok", "250 2.0.0 ok"];

test("whatever a server answers, each message has an outcome, and none is accepted without a 2xx after its 354", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 25 }),
      fc.constantFrom(EXTENSIONS, []),
      fc.integer({ min: 1, max: 2 }),
      async (answers, extensions, maxConnections) => {
        const server = new ScriptedServer({ extensions, answer: playing(answers) });
        await server.listen();
        const to = account(server.port, { replyTimeoutMs: PATIENCE_MS });
        const pool = new Pool(to, { maxConnections, idleMs: 1_000, now: Date.now });
        const outcomes = await Promise.all(
          ["b@test", "c@test", "d@test"].map((one) => pool.send(envelope([one, "e@test"]), MESSAGE)),
        );
        const isAccepted = outcomes.map(
          (outcome) => outcome.kind === "answered" && outcome.recipients.some(({ kind }) => kind === "accepted"),
        );
        await pool.close();
        const taken = server.connections.reduce((sum, { said }) => sum + takenIn(said), 0);
        await server.close();
        expect(isAccepted.filter(Boolean).length).toBeLessThanOrEqual(taken);
      },
    ),
    { numRuns: 250, examples: [[INVITED_BY_250, [], 1]] },
  );
}, 120_000);

/** Gives one answer after another, whatever is asked, and behaves well in the end. The greeting and QUIT are as they should be. */
function playing(answers: readonly (Answer | undefined)[]) {
  let turn = 0;
  return ({ verb }: Heard) => (verb === "CONNECT" || verb === "QUIT" ? undefined : answers[turn++]);
}

/** How often a 2xx is the next reply after a 354. */
function takenIn(said: string): number {
  const lines = said.split("\r\n").filter((line) => /^\d{3}(?: |$)/.test(line));
  return lines.filter((line, at) => line.startsWith("2") && lines[at - 1]?.startsWith("354")).length;
}
