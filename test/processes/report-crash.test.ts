/** What a crash costs around a report call: nothing is lost, and what is told again is the same. LONG=1 kills fifty times. */
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { binaryUnderTest } from "../support/build.ts";
import type { Told } from "./report-crash-endpoint.ts";
import { type Kill, MESSAGES, type ReportCrashRun, reportCrashRun, STAGES, type Stage } from "./report-crash-run.ts";

const kills = Number(process.env.CRASH_KILLS ?? (process.env.LONG === "1" ? 50 : 10));
const seed = Number(process.env.CRASH_SEED ?? 1);

/** How often the call that a kill was about comes whole at least: a later kill may find its repetition. */
const COMES: Record<Stage, number> = {
  "before the call": 1,
  "half read": 1,
  "not answered": 2,
  "not marked": 2,
  "during the mark": 1,
};
/** An answer that is older than this is marked, whatever the machine had to do. */
const MARKED_MS = 2_000;

test(
  `killed ${kills} times around its report calls (seed ${seed}), it loses no event, and tells again only what it could not mark, as it was`,
  async () => {
    const run = await reportCrashRun(binaryUnderTest(), kills, seed);
    const batches = byId(run.told);
    const again = [...batches.values()].filter(({ length }) => length > 1);
    console.log(
      `seed ${seed}: ${run.events.length} events in ${batches.size} batches, ${again.length} of them told again`,
    );

    const arrived = new Set(run.told.filter(({ answeredAt }) => answeredAt !== undefined).flatMap(eventsOf));
    expect(run.events.filter(({ type }) => type === "sent")).toHaveLength(kills * MESSAGES);
    expect(run.events.filter(({ id }) => !arrived.has(id))).toEqual([]);
    for (const calls of again) expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
    expect(inSeveralBatches(batches)).toEqual([]);
    expect(run.told.filter((call) => !isSigned(run, call))).toEqual([]);
    expect(again.flatMap((calls) => unexcused(calls, run.kills))).toEqual([]);
    for (const stage of STAGES) expect(unrepeated(run, stage), stage).toEqual([]);
  },
  60_000 + kills * 5_000,
);

const idOf = ({ headers }: Told) => String(headers["webhook-id"]);
const eventsOf = ({ reports }: Told) => reports.map(({ event_id }) => event_id);

function byId(told: readonly Told[]): Map<string, Told[]> {
  const batches = new Map<string, Told[]>();
  for (const call of told) batches.set(idOf(call), [...(batches.get(idOf(call)) ?? []), call]);
  return batches;
}

/** Events that were told under more than one id. */
function inSeveralBatches(batches: Map<string, Told[]>): string[] {
  const pairs = [...batches.values()].flatMap(([first]) => (first === undefined ? [] : eventsOf(first)));
  return pairs.filter((event, at) => pairs.indexOf(event) !== at);
}

function isSigned({ secrets }: ReportCrashRun, call: Told): boolean {
  const { tenant, body, headers } = call;
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  return new Webhook(secrets.get(tenant) ?? "").sign(idOf(call), at, body) === headers["webhook-signature"];
}

/** Repetitions that no kill explains: by the same life, or of what was answered long before it ended. */
function unexcused(calls: readonly Told[], deaths: readonly Kill[]): Told[] {
  return calls.slice(1).filter((call, n) => {
    const before = calls[n]!;
    const death = deaths[before.life - 1]?.at ?? Number.NEGATIVE_INFINITY;
    return call.life === before.life || death - (before.answeredAt ?? death) > MARKED_MS;
  });
}

/** Kills at a stage after which the first batch of their tenant came whole less often than it should. */
function unrepeated({ told, kills }: ReportCrashRun, stage: Stage): object[] {
  return kills
    .filter((kill) => kill.stage === stage)
    .map(({ tenant }) => {
      const [first, ...later] = told.filter((call) => call.tenant === tenant);
      return { tenant, came: 1 + later.filter((call) => first !== undefined && idOf(call) === idOf(first)).length };
    })
    .filter(({ came }) => came < COMES[stage]);
}
