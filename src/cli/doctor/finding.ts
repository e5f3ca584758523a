/** What a check has found: data, so that judgements are tables of cases and one place tells them. */

/** In the order in which they are made. */
export const CHECKS = [
  ...(["settings", "database", "key", "process", "ports", "disk"] as const),
  ...(["accounts", "endpoints", "webhooks", "mailboxes", "queue", "domains", "clock"] as const),
] as const;
export type Check = (typeof CHECKS)[number];

export type State = "ok" | "warning" | "failed" | "skipped";

/** A judgement: what is so, and unless it is good, what to do about it. */
export interface Verdict {
  state: State;
  text: string;
  advice: string | null;
}

/** About what of the check's: a setting, a file, `TENANT/ACCOUNT`, a domain. */
export interface Told extends Verdict {
  subject: string;
}

export interface Finding extends Told {
  check: Check;
}

export const ok = (text: string): Verdict => ({ state: "ok", text, advice: null });
export const warning = (text: string, advice: string): Verdict => ({ state: "warning", text, advice });
export const failed = (text: string, advice: string): Verdict => ({ state: "failed", text, advice });
export const skipped = (text: string, advice: string | null = null): Verdict => ({ state: "skipped", text, advice });

export function about(subject: string, verdict: Verdict): Told {
  return { subject, ...verdict };
}
