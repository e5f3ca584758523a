/** Sizes and spans of time as people say them. */

const UNITS: [ms: number, name: string][] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];

/** In the largest unit that it fills; what is below a second in milliseconds. */
export function spanText(ms: number): string {
  const unit = UNITS.find(([size]) => ms >= size);
  return unit === undefined ? `${Math.round(ms)} ms` : counted(Math.floor(ms / unit[0]), unit[1]);
}

export function counted(count: number, name: string): string {
  return `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
}

export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const size = bytes / 1024 ** power;
  return `${size >= 10 || power === 0 ? Math.round(size) : size.toFixed(1)} ${units[power]}`;
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
