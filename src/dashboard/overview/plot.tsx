/** One plot: its keys, and the figures that assets/plots.browser.js draws. Beside it stands a table, which says the same in words. */
import type { Child } from "hono/jsx";

export interface Line {
  name: string;
  /** A class of the key, whose colour is the line's. */
  tone: "good" | "bad" | "warn" | "accent";
  /** Lines and gaps in pixels, by which lines are told apart without their colours too. */
  dash?: string;
  values: readonly (number | null)[];
}

interface PlotProps {
  title: Child;
  /** For who does not see it. */
  label: string;
  /** Behind each number. */
  unit: string;
  /** Not of every moment there is a number. */
  hasGaps?: boolean;
  /** The height of the scale where all is less. */
  least: number;
  ts: readonly number[];
  lines: readonly Line[];
}

export function Plot({ title, label, unit, hasGaps = false, least, ts, lines }: PlotProps) {
  const data = JSON.stringify({ ts, series: lines.map(({ values }) => values) });
  return (
    <figure class="plot card">
      <figcaption>{title}</figcaption>
      <ul class="keys">
        {lines.map(({ name, tone, dash }) => (
          <li class={tone} data-dash={dash}>
            <span class="line" /> {name} <span class="value" />
          </li>
        ))}
      </ul>
      <div
        class="canvas"
        role="img"
        aria-label={label}
        data-plot={data}
        data-unit={unit}
        data-least={String(least)}
        data-gaps={hasGaps ? "" : undefined}
        hx-morph-skip-children=""
      />
    </figure>
  );
}
