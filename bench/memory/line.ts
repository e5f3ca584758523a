/** Memory of the whole service after a long drain against after a short one, and whether it became slower on the way. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import type { Cost, Door } from "../server.ts";

const ALL = 500_000;
/** The part at the beginning and the part at the end that are compared. */
const PART = 50_000;
const WARM_UP = 5_000;

export async function memory(bench: Bench): Promise<Figure[]> {
  const [all, part] = [bench.count(ALL), bench.count(PART)];
  const sink = bench.start("./sink.ts");
  const { port: smtp } = await sink.news<{ port: number }>();
  const application = bench.start("./memory/application.ts");
  const { port: reports } = await application.news<{ port: number }>();
  const service = bench.startMeasured("./service.ts", { database: bench.database(), smtp, reports });
  const door = await service.news<Door>();
  /** Messages a second, from the first request to the last report. */
  const drain = async (messages: number) => {
    const { seconds } = await application.ask<{ seconds: number }>({ ...door, messages });
    return messages / seconds;
  };
  const resident = async () => (await service.ask<Cost>({ collected: true })).residentBytes;

  await drain(bench.count(WARM_UP));
  const firstRate = await drain(part);
  const early = await resident();
  if (all > 2 * part) await drain(all - 2 * part);
  const lastRate = await drain(part);
  const late = await resident();
  return [
    {
      what: "memory after draining 500,000 messages",
      baseline: "after 50,000",
      goal: { atMost: 1.1 },
      value: late / early,
      unit: "",
      detail: `${mebibytes(late)} against ${mebibytes(early)} resident`,
    },
    {
      what: "rate of the last 50,000 of them, taken in, sent and reported",
      baseline: "of the first 50,000",
      goal: undefined,
      value: lastRate / firstRate,
      unit: "",
      detail: `${Math.round(lastRate)}/s against ${Math.round(firstRate)}/s`,
    },
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
