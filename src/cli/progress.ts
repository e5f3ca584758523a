/** A bar at the terminal for what takes longer than a second; a file or a pipe gets none. */

export interface Progress {
  /** So much is done; `total` where it is known by now only, or has changed. */
  to(done: number, total?: number): void;
  /** Takes the bar away, so that the answer stands where it was. */
  end(): void;
}

/** As far as the bar's stream is used. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const SILENT: Progress = { to: () => undefined, end: () => undefined };

/** Nobody needs a bar for what is over at once. */
const PATIENCE_MS = 1_000;
const REDRAW_MS = 100;
const CELLS = 24;
const DEFAULT_COLUMNS = 80;
/** Erases the line and goes back to its beginning. */
const CLEAR = "\r\u001b[K";

/** `total` undefined: only the count is shown. */
export function startProgress(
  label: string,
  total?: number,
  screen: Screen = process.stderr,
  now = performance.now.bind(performance),
): Progress {
  if (screen.isTTY !== true) return SILENT;
  const startedAt = now();
  let all = total;
  let drawnAt: number | undefined;
  return {
    to(done, newTotal = all) {
      all = newTotal;
      const at = now();
      if (at - startedAt < PATIENCE_MS || (drawnAt !== undefined && at - drawnAt < REDRAW_MS)) return;
      drawnAt = at;
      const line = progressLine(label, done, all, at - startedAt);
      screen.write(CLEAR + line.slice(0, (screen.columns || DEFAULT_COLUMNS) - 1));
    },
    end() {
      if (drawnAt !== undefined) screen.write(CLEAR);
    },
  };
}

/** `replay [######------------------]  25% 250 of 1000, 3 s left` */
export function progressLine(label: string, done: number, total: number | undefined, elapsedMs: number): string {
  if (total === undefined || total <= 0) return `${label} ${done}`;
  const share = Math.min(done / total, 1);
  const left = share > 0 && share < 1 ? `, ${Math.ceil((elapsedMs * (1 - share)) / share / 1000)} s left` : "";
  return `${label} ${bar(share)} ${String(Math.floor(share * 100)).padStart(3)}% ${done} of ${total}${left}`;
}

/** In ASCII, since not every terminal has blocks. */
export function bar(share: number): string {
  const full = Math.round(share * CELLS);
  return `[${"#".repeat(full)}${"-".repeat(CELLS - full)}]`;
}
