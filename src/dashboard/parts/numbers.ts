/** Numbers as people read them. */
import { durationText } from "./time.tsx";

export function countText(count: number): string {
  return count.toLocaleString("en");
}

/** A measured time; nothing was measured: a dash. */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : durationText(seconds);
}

/** `message` or another noun that takes an s. */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** What waits for one account, tenant or webhook is counted by the API so far, and no further. */
const MOST_COUNTED = 1_000;

/** How many wait for one of those. */
export function waitingText(count: number): string {
  return count === MOST_COUNTED ? `${countText(count)} or more` : countText(count);
}
