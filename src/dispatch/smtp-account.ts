/** An account's settings as an SMTP session wants them, with what this process adds: time-outs, its own name, where the sandbox is. */
import type { Config } from "../config.ts";
import type { Restrictions } from "../ports.ts";
import type { SmtpAccount } from "../smtp/account.ts";
import type { AccountSettings } from "../tenancy/accounts.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";

export interface Surroundings {
  config: Config;
  /** Where the host `sandbox` is. */
  sandbox: { host: string; port: number } | undefined;
  /** This machine's name, for EHLO. */
  hostName: string;
  restrictions: Restrictions | undefined;
}

export function smtpAccount(
  settings: AccountSettings,
  { config, hostName, restrictions, sandbox }: Surroundings,
): SmtpAccount {
  const address = settings.host === SANDBOX_HOST && sandbox !== undefined ? sandbox : settings;
  return {
    host: address.host,
    port: address.port,
    tls: settings.tls,
    tlsVerify: settings.tlsVerify ?? undefined,
    ca: settings.ca ?? undefined,
    user: settings.user ?? undefined,
    password: settings.password ?? undefined,
    publicOnly: settings.publicOnly,
    authMethod: settings.authMethod,
    explain: restrictions && ((error) => restrictions.explain(error, settings.host)),
    ehloName: settings.ehloName ?? config.ehloName ?? hostName,
    connectTimeoutMs: config.connectTimeout * 1000,
    replyTimeoutMs: config.replyTimeout * 1000,
  };
}
