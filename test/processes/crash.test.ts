/**
 * What a crash costs: nothing is lost, and little is sent twice. CRASH_KILLS, CRASH_MESSAGES and CRASH_SEED scale it.
 */
import { expect, test } from "vitest";
import { MOST_UNWRITTEN } from "../../src/dispatch/settler.ts";
import { binaryUnderTest } from "../support/build.ts";
import { crashRun } from "./crash-run.ts";

const kills = Number(process.env.CRASH_KILLS ?? 3);
const messages = Number(process.env.CRASH_MESSAGES ?? 1_500);
const seed = Number(process.env.CRASH_SEED ?? 1);

/** What may be accepted and not yet written down (dispatch/settler.ts), and what the connections of the account have on their way. */
const MOST_DOUBLED = MOST_UNWRITTEN + 16;

test(
  `killed ${kills} times over ${messages} messages (seed ${seed}), it loses none and repeats only what was not settled`,
  async () => {
    const run = await crashRun({ binary: binaryUnderTest(), kills, messages, seed });
    const copies = run.sink.copies();
    console.log(
      `seed ${seed}: ${run.expected.length - copies.size} lost of ${messages}, ${run.sink.taken.length - copies.size} sent twice` +
        ` (by kill: ${run.doubled.map(({ length }) => length).join(" ")}), ${run.repeated} requests repeated`,
    );

    expect(run.expected.filter((id) => !copies.has(id))).toEqual([]);
    expect(run.unexplained).toEqual([]);
    expect(Math.max(...run.doubled.map(({ length }) => length))).toBeLessThanOrEqual(MOST_DOUBLED);
    for (const [first, ...again] of copies.values()) {
      for (const copy of again) expect(copy).toMatchObject({ messageId: first!.messageId, digest: first!.digest });
    }
    expect(run.expected.filter((id) => run.statuses.get(id) !== "sent")).toEqual([]);
    expect(run.expected.filter((id) => !run.reported.has(id))).toEqual([]);
    expect(run.toldTwice).toEqual([]);
  },
  60_000 + kills * 10_000,
);
