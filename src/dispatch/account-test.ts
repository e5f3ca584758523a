/** Tries an account as its next message would: connects, greets, upgrades, logs in, and tells each step. Nothing is sent. */
import type { Restrictions } from "../ports.ts";
import { addressFault } from "../security/hosts.ts";
import type { AccountFault, Stage } from "../smtp/outcome.ts";
import { Session, type SmtpAccount } from "../smtp/session.ts";

export interface TestStep {
  step: Stage;
  ok: boolean;
  ms: number;
  /** What went wrong, in words that hold no secret. */
  detail: string | null;
}

export interface TestOptions {
  /** The addresses of a host; undefined where the runtime reaches public ones only. */
  resolve: ((host: string) => Promise<string[]>) | undefined;
  restrictions: Restrictions | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** Ends the test at once. */
  signal: AbortSignal;
}

/** The same words, whether nobody is there or somebody whom the caller shall learn nothing about (smtp/connection.ts). */
const NOT_PUBLIC = "the host cannot be reached at a public address";

/** The last step is the one that failed, if any did. */
export async function testAccount(account: SmtpAccount, options: TestOptions): Promise<TestStep[]> {
  const { now, signal } = options;
  const begun: { step: Stage; at: number }[] = [];
  const trace = (step: Stage) => {
    if (begun.at(-1)?.step !== step) begun.push({ step, at: now() });
  };
  const refusal = await refused(account, options);
  let fault: AccountFault | undefined;
  if (refusal !== undefined) {
    trace("connect");
    fault = { kind: "account_fault", stage: "connect", error: refusal };
  } else {
    const opened = await Session.open(account, { trace, signal });
    if (opened instanceof Session) await opened.quit();
    else fault = signal.aborted ? { ...opened, error: "the test took too long" } : opened;
  }
  const end = now();
  return begun.map(({ step, at }, index): TestStep => {
    const detail = index === begun.length - 1 ? (fault?.error ?? null) : null;
    return { step, ok: detail === null, ms: (begun[index + 1]?.at ?? end) - at, detail };
  });
}

/** Why the test does not even connect. */
async function refused(account: SmtpAccount, options: TestOptions): Promise<string | undefined> {
  const fault = options.restrictions?.accountFault(account);
  if (fault !== undefined) return `${fault.field} ${fault.reason}`;
  return (await isPrivate(account, options)) ? NOT_PUBLIC : undefined;
}

/**
 * A name that a tenant chose may lead into the operator's network. A message would be refused there as soon as it is
 * connected; how long that takes tells which ports are open, so a test, which tells times, does not even connect.
 */
async function isPrivate({ host, publicOnly }: SmtpAccount, { resolve }: TestOptions): Promise<boolean> {
  if (!publicOnly || resolve === undefined) return false;
  const addresses = await resolve(host).catch(() => []);
  return addresses.length === 0 || addresses.some((address) => addressFault(address) !== undefined);
}
