/** Moments and durations as people read them. */

/** A moment (Unix seconds) in UTC; a browser shows its own time zone's. Nothing where there is none. */
export function Time({ ts }: { ts: number | null | undefined }) {
  if (ts === null || ts === undefined) return <span class="soft">–</span>;
  const iso = new Date(ts * 1000).toISOString();
  return <time datetime={iso}>{iso.slice(0, 19).replace("T", " ")} UTC</time>;
}

const UNITS: [seconds: number, name: string][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** A number of seconds in its two largest units, such as `2 hours 5 minutes`. */
export function durationText(seconds: number): string {
  let left = Math.max(Math.round(seconds), 0);
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(" ") || "0 seconds";
}
