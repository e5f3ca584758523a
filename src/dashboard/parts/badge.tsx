/** A state in a word; the colour only repeats what the word says. */
const TONES: Record<string, "good" | "warn" | "bad" | "plain"> = {
  sent: "good",
  delivered: "good",
  enabled: "good",
  active: "good",
  ok: "good",
  well: "good",
  deferred: "warn",
  paused: "warn",
  suspended: "warn",
  inactive: "warn",
  error: "bad",
  failed: "bad",
  bounced: "bad",
  disabled: "bad",
  failing: "bad",
  missed: "warn",
};

export function Badge({ state }: { state: string }) {
  return <span class={`badge ${TONES[state] ?? "plain"}`}>{state}</span>;
}
