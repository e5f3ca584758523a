/** How it went over time: what became of the messages, how long it took, and the same figures as a table. */
import type { Figures } from "../../client/types.ts";
import { secondsText } from "../parts/numbers.ts";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { Plot } from "./plot.tsx";
import type { Range } from "./ranges.ts";
import { ratesOf } from "./rates.ts";

interface PlotsProps {
  figures: Figures;
  range: Range;
  /** Unix seconds. */
  now: number;
}

export function Plots({ figures, range, now }: PlotsProps) {
  const { points, step_seconds } = figures;
  const ts = points.map((point) => point.ts);
  const elapsed = now - (ts.at(-1) ?? now);
  const aMinute = (counts: number[]) => ratesOf(counts, step_seconds, elapsed);
  const alternative = "the table below has the same figures";
  return (
    <>
      <div class="plots">
        <Plot
          title={<>Messages a minute {step_seconds > 60 && <Averaged range={range} />}</>}
          label={`Messages a minute, sent, failed, deferred and bounced: ${alternative}`}
          unit=""
          least={1}
          ts={ts}
          lines={[
            { name: "sent", tone: "good", values: aMinute(points.map(({ sent }) => sent)) },
            { name: "failed", tone: "bad", dash: "8 3", values: aMinute(points.map(({ failed }) => failed)) },
            { name: "deferred", tone: "warn", dash: "4 3", values: aMinute(points.map(({ deferred }) => deferred)) },
            { name: "bounced", tone: "accent", dash: "2 3", values: aMinute(points.map(({ bounced }) => bounced)) },
          ]}
        />
        <Plot
          title="Seconds until the server took a message"
          label={`Seconds until the server took a message, half of them and 99 of 100: ${alternative}`}
          unit=" s"
          hasGaps
          least={1}
          ts={ts}
          lines={[
            { name: "half within (p50)", tone: "accent", values: points.map(({ p50_seconds }) => p50_seconds) },
            {
              name: "99 of 100 within (p99)",
              tone: "warn",
              dash: "4 3",
              values: points.map(({ p99_seconds }) => p99_seconds),
            },
          ]}
        />
      </div>
      <details id="figures">
        <summary>The figures as a table</summary>
        <FiguresTable figures={figures} range={range} />
      </details>
    </>
  );
}

function Averaged({ range }: { range: Range }) {
  return <span class="soft">(average of each {range.stepName})</span>;
}

/** Newest first. */
function FiguresTable({ figures, range }: Omit<PlotsProps, "now">) {
  const names = ["sent", "failed", "deferred", "held back by a limit", "bounced", "complained of"];
  const columns = [
    { name: `${range.stepName} from` },
    ...[...names, "half within (p50)", "99 of 100 within (p99)"].map((name) => ({ name, isNumber: true })),
  ];
  return (
    <Table label={`Figures by ${range.stepName}, newest first`} columns={columns}>
      {figures.points.toReversed().map(({ ts, p50_seconds, p99_seconds, ...counts }) => (
        <tr>
          <th scope="row">
            <Time ts={ts} />
          </th>
          <td class="number">{counts.sent}</td>
          <td class="number">{counts.failed}</td>
          <td class="number">{counts.deferred}</td>
          <td class="number">{counts.rate_limited}</td>
          <td class="number">{counts.bounced}</td>
          <td class="number">{counts.complained}</td>
          <td class="number">{secondsText(p50_seconds)}</td>
          <td class="number">{secondsText(p99_seconds)}</td>
        </tr>
      ))}
    </Table>
  );
}
