/** Numbers of bytes as people read them. */
const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** 1536 is `1.5 KiB`. */
export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${size.toFixed(digits)} ${UNITS[unit]}`;
}
