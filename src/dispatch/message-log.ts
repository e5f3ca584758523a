/** The lines that the log has of a message on its way: that it was claimed, what became of each attempt, that it was given up. */
import { ofMessage, type StepLevel } from "../logs/steps.ts";
import type { Candidate } from "../queue/look.ts";
import { type Claimed, isOpen, type Recipient, type Settlement } from "../queue/message.ts";
import type { GivenUp } from "../queue/schedule.ts";
import { log } from "./log.ts";

export function logClaimed({ accountId }: Candidate, claimed: readonly Claimed[]): void {
  if (!log.isEnabledFor("debug")) return;
  for (const message of claimed) {
    const fields = { event: "claimed", account_id: accountId, attempt: message.attempts + 1 };
    log.debug(...ofMessage(message, " was claimed for account {account_id}, attempt {attempt}", fields));
  }
}

/** An attempt: through which account, and how long the message took, the wait for a connection included. */
export interface Attempted {
  account: Candidate;
  ms: number;
  /** Of what went well, and of what will be tried again. */
  level: StepLevel;
}

/** Messages that a limit of their account holds back, by its own wish deferred or rejected. */
export function logHeldBack(
  { accountId, tenantId, limitBehavior }: Candidate,
  messages: number,
  nextSlotAt: number,
): void {
  const fields = { messages, account_id: accountId, tenant_id: tenantId };
  const line = "{messages} messages of account {account_id} of tenant {tenant_id}";
  if (limitBehavior === "reject")
    log.warning(`${line} were rejected by its limit`, { event: "rate_limited", ...fields });
  else {
    const until = new Date(nextSlotAt).toISOString();
    log.info(`${line} wait for its limit until {until}`, { event: "rate_limited", ...fields, until });
  }
}

/** What somebody should look at is a warning: a message that failed, or failed for some of its recipients. */
export function logOutcome(claimed: Claimed, settlement: Settlement, { account, ms, level }: Attempted): void {
  const severity = severityOf(claimed, settlement, level);
  if (!log.isEnabledFor(severity)) return;
  const { words, ...fields } = outcome(claimed, settlement);
  const common = { account_id: account.accountId, host: account.host, ms, attempt: settlement.attempts };
  const unknown = settlement.outcomeUnknown ? { outcome_unknown: true } : {};
  const end = settlement.outcomeUnknown ? "; the server may have taken it" : "";
  log[severity](...ofMessage(claimed, `${words}${end}`, { ...common, ...fields, ...unknown }));
}

function severityOf(claimed: Claimed, settlement: Settlement, level: StepLevel): StepLevel | "warning" {
  if (settlement.state === "ready") return "debug";
  const isWrong = settlement.state === "error" || newly("error", claimed, settlement).length > 0;
  return isWrong && isOpen(claimed) ? "warning" : level;
}

/** Messages whose time was over. */
export function logGivenUp(messages: readonly GivenUp[]): void {
  for (const message of messages) {
    const { state, error } = message;
    const words =
      state === "sent" ? " was given up for those recipients who had not taken it: {reason}" : " failed: {reason}";
    log.warning(...ofMessage(message, words, { event: "given_up", reason: error }));
  }
}

function outcome(claimed: Claimed, settlement: Settlement): { words: string; event: string } & Record<string, unknown> {
  const reason = settlement.error;
  if (!isOpen(claimed))
    return {
      event: "suppressed",
      words: " needs no attempt: whoever was left of its recipients is suppressed",
      reason,
    };
  const refused = newly("error", claimed, settlement);
  switch (settlement.state) {
    case "ready":
      return { event: "given_back", words: " goes back into the queue as it came" };
    case "scheduled": {
      const until = new Date(settlement.dueAt ?? 0).toISOString();
      const told = codes(newly("pending", claimed, settlement));
      const by = told.code === undefined ? "" : " by {host}";
      const words = ` was deferred${by} until {until}, attempt {attempt}: {reason}`;
      return { event: "deferred", words, until, reason, ...told };
    }
    case "error": {
      const told = codes(refused);
      const at = told.code === undefined ? "" : " at {host}";
      return { event: "failed", words: ` failed${at}, attempt {attempt}: {reason}`, reason, ...told };
    }
    case "sent": {
      const taken = newly("sent", claimed, settlement);
      const sent = { event: "sent", ...codes(taken), reply: inWords(taken), recipients: taken.length };
      const words = " was sent to {host} in {ms} ms: {reply}";
      if (refused.length === 0) return { ...sent, words };
      const some = `${words}; {refused} recipients were refused: {reason}`;
      return { ...sent, words: some, refused: refused.length, reason: inWords(refused) };
    }
  }
}

/** The recipients whom this attempt has left so; `pending`, which they were before, are those that it has not settled. */
function newly(status: Recipient["status"], { recipients: before }: Claimed, { recipients }: Settlement): Recipient[] {
  return recipients.filter((after, at) => after.status === status && before[at]?.status === "pending");
}

/** Of the first of them. */
function codes([first]: readonly Recipient[]): { code?: number; enhanced_code?: string } {
  return {
    ...(typeof first?.code === "number" && { code: first.code }),
    ...(typeof first?.enhancedCode === "string" && { enhanced_code: first.enhancedCode }),
  };
}

function inWords([first]: readonly Recipient[]): string | null {
  if (first === undefined) return null;
  return [first.code, first.enhancedCode, first.text].filter((part) => part !== null && part !== "").join(" ");
}
