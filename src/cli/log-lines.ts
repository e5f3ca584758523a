/** Picks lines of a log by their level: a line without one belongs to the record above it. */

/** As logging.ts writes them, the least important first. */
export const LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

const ABBREVIATIONS = ["trc", "dbg", "inf", "wrn", "err", "ftl"];
const RECORD = /^\d{4}-\d\d-\d\d\S* \[([a-z]{3})\] /;

/** Whether a line belongs to a record of at least that level; asked line by line, in their order. */
export function levelFilter(least: Level | undefined): (line: string) => boolean {
  if (least === undefined) return () => true;
  const wanted = ABBREVIATIONS.slice(LEVELS.indexOf(least));
  let isWanted = false;
  return (line) => {
    const level = RECORD.exec(line)?.[1];
    if (level !== undefined) isWanted = wanted.includes(level);
    return isWanted;
  };
}
