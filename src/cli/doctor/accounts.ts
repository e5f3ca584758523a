/** Whether each account's server is there, encrypts, and lets the account in; why it pauses, and whether it may send any more. */
import { hostname } from "node:os";
import { type TestStep, testAccount } from "../../dispatch/account-test.ts";
import { smtpAccount } from "../../dispatch/smtp-account.ts";
import { reason } from "../../errors.ts";
import { hostName } from "../../runtimes/hostname.ts";
import { resolve } from "../../runtimes/resolve.ts";
import type { Vault } from "../../security/vault.ts";
import type { SmtpAccount } from "../../smtp/account.ts";
import { type Account, listAccounts, opened } from "../../tenancy/accounts.ts";
import { SANDBOX_HOST } from "../../tenancy/sandbox.ts";
import { accountUsage, NO_USAGE, type Usage } from "../../tenancy/usage.ts";
import { toldOf } from "./attention.ts";
import { inTurns } from "./bounded.ts";
import { type Certificate, judgeCertificate } from "./certificate.ts";
import { noteClock } from "./clock.ts";
import { about, failed, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import { meet } from "./meeting.ts";
import type { Patient } from "./patient.ts";

export async function* checkAccounts(patient: Patient): AsyncGenerator<Told> {
  const { db, vault, wishes, command, now } = patient;
  const accounts = await listAccounts(db, wishes.tenantId);
  if (accounts.length === 0) yield about("accounts", skipped("there are none yet", `${command} TENANT accounts add`));
  const keys = accounts.map(({ key }) => key);
  const usage = await accountUsage(db, keys, now());
  for await (const told of inTurns(accounts, (account) => stateOf(patient, vault, account))) yield told;
  for (const account of accounts) {
    const verdict = judgeLimits(account, usage.get(account.key) ?? NO_USAGE, `${command} ${account.tenantId}`);
    if (verdict !== undefined) yield about(nameOf(account), verdict);
  }
  yield* toldOf(patient, "accounts");
}

const nameOf = ({ tenantId, id }: Pick<Account, "tenantId" | "id">) => `${tenantId}/${id}`;

async function stateOf(patient: Patient, vault: Vault | undefined, account: Account): Promise<Told> {
  const subject = nameOf(account);
  if (account.suppressSend) return about(subject, ok("sends nothing, as it is set to (suppress_send)"));
  if (account.host === SANDBOX_HOST) return about(subject, sandboxed(patient));
  if (vault === undefined) return about(subject, skipped("its password cannot be opened without the right key"));
  try {
    const settings = await opened(vault, account);
    const surroundings = { sandbox: undefined, hostName: hostName(hostname()), restrictions: undefined };
    return about(
      subject,
      await examined(patient, account, smtpAccount(settings, { config: patient.settings, ...surroundings })),
    );
  } catch (error) {
    return about(subject, failed(reason(error), loginAdvice(`${patient.command} ${account.tenantId}`, account.id)));
  }
}

function sandboxed({ settings, command }: Patient): Verdict {
  if (settings.sandbox) return ok("delivers to the sandbox's inbox");
  return failed(
    "delivers to the sandbox, and this instance has none",
    `${command} config set SANDBOX true, or give the account a host`,
  );
}

async function examined(patient: Patient, { tenantId, id }: Account, account: SmtpAccount): Promise<Verdict> {
  const { now, wishes, command } = patient;
  const { host, port, tls, ca, ehloName, publicOnly = false } = account;
  const signal = AbortSignal.timeout(wishes.timeoutMs);
  const steps = await testAccount(account, { resolve, restrictions: undefined, now, signal });
  // A second connection, since the first one keeps what it has seen of the certificate to itself.
  const speaks = tls === "implicit" ? "implicit" : steps.some(({ step }) => step === "tls") ? "starttls" : "greeting";
  const reached = steps.some(({ step, ok }) => step === "connect" && ok);
  const met = reached && (await meet({ host, port, speaks, ca, publicOnly, ehloName, timeoutMs: wishes.timeoutMs }));
  if (met) noteClock(patient, `${host}:${port}`, met.greeting);
  return judgeAccount(account, steps, met ? met.certificate : null, now(), { tenant: `${command} ${tenantId}`, id });
}

export function judgeAccount(
  { host, port, tls, tlsVerify, user }: Pick<SmtpAccount, "host" | "port" | "tls" | "tlsVerify" | "user">,
  steps: readonly TestStep[],
  certificate: Certificate | null,
  now: number,
  { tenant, id }: { tenant: string; id: string },
): Verdict {
  const at = `${host}:${port}`;
  const verified = tlsVerify ?? tls !== "opportunistic";
  const shown = certificate === null ? undefined : judgeCertificate(certificate, now, verified);
  const broken = steps.find((step) => !step.ok);
  if (broken !== undefined) {
    const isTls = broken.step === "tls" && shown?.state === "failed";
    const words = isTls ? `${shown.text} (${broken.detail})` : broken.detail;
    return failed(`${at}: ${words}`, adviceFor(broken.step, isTls, { tenant, id, at }));
  }
  const ms = steps.reduce((sum, step) => sum + step.ms, 0);
  const login = user === undefined ? "no login" : "logged in";
  const text = `${at}: ${login} within ${Math.round(ms)} ms; ${shown?.text ?? "not encrypted"}`;
  if (shown !== undefined && shown.advice !== null) return { ...shown, text };
  if (shown === undefined && user !== undefined)
    return warning(
      text,
      `its password goes over the network in the clear: ${tenant} accounts update ${id} --tls starttls`,
    );
  return ok(text);
}

interface Whose {
  /** The beginning of a command on the tenant. */
  tenant: string;
  id: string;
  at: string;
}

function adviceFor(step: TestStep["step"], isCertificate: boolean, { tenant, id, at }: Whose): string {
  const update = `${tenant} accounts update ${id}`;
  switch (step) {
    case "connect":
      return `see whether ${at} is right and a firewall lets this machine reach it: ${update} --host NAME --port NUMBER`;
    case "tls":
      return isCertificate
        ? `its owner must put the certificate right; one of your own authority is trusted by: ${update} --ca FILE`
        : `choose the encryption that the server has: ${update} --tls starttls, implicit or none`;
    case "auth":
      return loginAdvice(tenant, id);
    default:
      return `ask the server's owner what these words mean; try again with: ${tenant} accounts test ${id}`;
  }
}

function loginAdvice(tenant: string, id: string): string {
  return `give it the right login: ${tenant} accounts update ${id} --user NAME --password -`;
}

/** Undefined where it may send. */
export function judgeLimits(
  {
    id,
    limitPerMinute,
    limitPerHour,
    limitPerDay,
  }: Pick<Account, "id" | "limitPerMinute" | "limitPerHour" | "limitPerDay">,
  { minute, hour, day, ready }: Usage,
  tenant: string,
): Verdict | undefined {
  const spans = [
    ["minute", limitPerMinute, minute],
    ["hour", limitPerHour, hour],
    ["day", limitPerDay, day],
  ] as const;
  const used = spans.filter(([, limit, sent]) => limit !== null && sent >= limit);
  const [span] = used.toReversed();
  if (span === undefined || ready === 0) return undefined;
  const [name, limit, sent] = span;
  const an = name === "hour" ? "an" : "a";
  const text = `its limit for ${an} ${name}, ${limit}, is used up (${sent} sent), and ${ready.toLocaleString("en")} wait`;
  return warning(
    text,
    `they go by themselves as the ${name} passes; or: ${tenant} accounts update ${id} --limit-${name} NUMBER`,
  );
}
